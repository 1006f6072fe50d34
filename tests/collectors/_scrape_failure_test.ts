import { assertEquals, assertThrows } from "@std/assert";
import {
  describeFailure,
  describeSkipped,
  failureOf,
  SLOW_DEVICES,
} from "../../src/collectors/_scrape_failure.ts";
import { ScrapeError, type ScrapeFailure } from "../../src/errors.ts";
import { FamilyTable, Relabeler } from "../../src/exposition/mod.ts";
import { makeDevice } from "../devices/_device.ts";

const URL = "http://100.64.0.1:5252/metrics";
const TARGET = { device: makeDevice({ id: "1" }), url: URL };
const NOW_MS = Date.UTC(2026, 10, 21);

/** A page that is beyond the one limit given. */
const BEYOND: readonly (readonly [limit: string, setting: string])[] = [
  ["maxBytes", "LIMIT_PAGE_BYTES"],
  ["maxLines", "LIMIT_PAGE_SERIES"],
  ["maxSamples", "LIMIT_PAGE_SERIES"],
  ["maxFamilies", "LIMIT_PAGE_FAMILIES"],
  ["maxLabels", "LIMIT_LABELS"],
  ["maxLabelBytes", "LIMIT_LABEL_BYTES"],
];

Deno.test("describeFailure() names the setting of each limit of a relabeler", () => {
  const page = new TextEncoder().encode('a_total{x="long",y="long"} 1\nb_total 2\n');
  for (const [limit, setting] of BEYOND) {
    const reader = new Relabeler(new FamilyTable([]), { limits: { [limit]: 1 } });
    const error = assertThrows(() => reader.relabel(page, []), RangeError);
    const text = describeFailure(error, TARGET, NOW_MS);
    assertEquals(failureOf(error), "limit");
    assertEquals(
      text,
      `Cannot use ${URL}: ${error.message}; raise ${setting} if the device is to have more`,
    );
  }
});

Deno.test("describeFailure() names the setting of the limit of a scrape", () => {
  const error = new ScrapeError("limit", `Cannot use ${URL}: wanted at most 1000 bytes`);
  assertEquals(
    describeFailure(error, TARGET, NOW_MS),
    `${error.message}; raise LIMIT_PAGE_BYTES if the device is to have more`,
  );
});

Deno.test("describeFailure() leaves other failures as they are", () => {
  const refused = new ScrapeError("refused", `Cannot fetch ${URL}: 12 bytes`);
  assertEquals(describeFailure(refused, TARGET, NOW_MS), refused.message);
  assertEquals(
    describeFailure(new SyntaxError("Cannot read"), TARGET, NOW_MS),
    `Cannot use ${URL}: Cannot read`,
  );
  assertEquals(describeFailure(new RangeError("odd"), TARGET, NOW_MS), `Cannot use ${URL}: odd`);
});

Deno.test("describeFailure() names an expired key before advice that cannot help", () => {
  const expiresSeconds = Date.UTC(2026, 10, 20, 8) / 1000;
  const advice = "run `tailscale set --webclient` on the device";
  const told = "The device's node key expired on 2026-11-20: log in on it again " +
    `(\`tailscale up --force-reauth\`) first. ${advice}`;
  const describe = (
    failure: ScrapeFailure,
    fields: Parameters<typeof makeDevice>[0] = {},
    nowMs = NOW_MS,
  ) => {
    const device = makeDevice({ id: "1", expiresSeconds, ...fields });
    return describeFailure(new ScrapeError(failure, advice), { device, url: URL }, nowMs);
  };
  for (const failure of ["refused", "timeout", "network", "proxy"] as const) {
    assertEquals(describe(failure), told);
    assertEquals(describe(failure, {}, expiresSeconds * 1000 - 1), advice);
  }
  assertEquals(describe("status"), advice);
  assertEquals(describe("refused", { keyExpiryDisabled: true }), advice);
  assertEquals(describe("refused", { expiresSeconds: undefined }), advice);
});

Deno.test("describeSkipped() tells why a device was not scraped", () => {
  const putOff = ": devices that do not answer took the collection's time; raise " +
    "MAX_CONCURRENT_SCRAPES, or lower CLIENT_METRICS_TIMEOUT";
  assertEquals(describeSkipped(undefined), "Not tried yet");
  assertEquals(describeSkipped(undefined, SLOW_DEVICES), `Not tried yet${putOff}`);
  assertEquals(describeSkipped("No answer"), "No answer");
  assertEquals(
    describeSkipped("No answer", SLOW_DEVICES),
    `No answer; due, and not tried again yet${putOff}`,
  );
});
