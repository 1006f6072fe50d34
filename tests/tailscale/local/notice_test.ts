import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeNotice } from "../../../src/tailscale/local/notice.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

const HEALTH = JSON.stringify({
  Version: "1.102.3",
  Health: {
    Warnings: {
      "not-in-map-poll": {
        WarnableCode: "not-in-map-poll",
        Severity: "medium",
        Title: "Out of sync",
        Text: "Unable to connect to the Tailscale coordination server.",
        BrokenSince: "2026-11-21T04:23:51.7Z",
        DependsOn: ["network-status"],
        ImpactsConnectivity: true,
      },
      "derp-timed-out": { Severity: "odd", BrokenSince: "0001-01-01T00:00:00Z" },
      broken: null,
    },
  },
});

Deno.test("decodeNotice() reads a real first line", () => {
  assertEquals(decodeNotice(fixtureText("localapi/watch-ipn-bus-130.ndjson")), {
    version: "1.102.3-ERR-BuildInfo",
    backendState: "Running",
    warnings: [],
    errorMessage: undefined,
  });
});

Deno.test("decodeNotice() reads warnings in the order of their codes", () => {
  assertEquals(decodeNotice(HEALTH).warnings, [
    {
      code: "derp-timed-out",
      severity: "unknown",
      title: undefined,
      text: undefined,
      brokenSinceSeconds: undefined,
      impactsConnectivity: false,
    },
    {
      code: "not-in-map-poll",
      severity: "medium",
      title: "Out of sync",
      text: "Unable to connect to the Tailscale coordination server.",
      brokenSinceSeconds: Date.UTC(2026, 10, 21, 4, 23, 51) / 1000,
      impactsConnectivity: true,
    },
  ]);
});

Deno.test("decodeNotice() leaves undefined what is not told", () => {
  const nothing = { version: undefined, backendState: undefined, warnings: undefined };
  for (const line of ["{}", '{"State":null,"Health":null}', '{"State":99}', '{"State":"6"}']) {
    assertEquals(decodeNotice(line), { ...nothing, errorMessage: undefined }, line);
  }
  assertEquals(decodeNotice('{"State":4,"ErrMessage":"no"}'), {
    ...nothing,
    backendState: "Stopped",
    errorMessage: "no",
  });
});

Deno.test("decodeNotice() refuses what is no notice", () => {
  assertThrows(() => decodeNotice("[]"), TypeError, "wanted an object");
  assertThrows(() => decodeNotice('{"State":'), SyntaxError);
});

Deno.test("decodeNotice() reads anything", () => {
  fc.assert(fc.property(odd(HEALTH), (text) => {
    for (const { code } of decoded(decodeNotice, text)?.warnings ?? []) {
      assertEquals(code.length > 0 && code.length <= 1024, true);
    }
  }));
});

Deno.test("decodeNotice() keeps 256 warnings", () => {
  for (const [count, kept] of [[255, 255], [256, 256], [257, 256]] as const) {
    const warnings = Object.fromEntries(Array.from({ length: count }, (_, at) => [`w${at}`, {}]));
    const notice = decodeNotice(JSON.stringify({ Health: { Warnings: warnings } }));
    assertEquals(notice.warnings?.length, kept);
  }
});
