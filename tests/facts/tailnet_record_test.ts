import { assertEquals, assertStrictEquals } from "@std/assert";
import { ApiError } from "../../src/errors.ts";
import { tailnetChanges } from "../../src/facts/tailnet_changes.ts";
import { scrapeOf } from "../../src/facts/tailnet_facts.ts";
import { TailnetRecord } from "../../src/facts/tailnet_record.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { known, scraped } from "./_snapshot.ts";

const FAILURE = new ApiError("server", "Cannot list devices: status 502");

function makeRecord() {
  const clock = new FakeClock();
  const { now, elapsed } = clock;
  const record = new TailnetRecord({ tailnet: "a", staleAfterMs: 300_000, now, elapsed });
  function listing(...ids: readonly string[]) {
    const devices = ids.map((id) => known({ id }));
    return { devices, all: devices, rejected: [], atMs: now(), elapsedMs: elapsed() };
  }
  return { clock, listing, record };
}

Deno.test("TailnetRecord knows nothing at first", () => {
  const { clock, record } = makeRecord();
  assertEquals(record.snapshot(), {
    tailnet: "a",
    atMs: clock.now(),
    api: {
      answers: undefined,
      sinceMs: undefined,
      atMs: undefined,
      lastListMs: undefined,
      error: undefined,
    },
    listing: undefined,
    isFresh: false,
    scrapes: new Map(),
  });
});

Deno.test("TailnetRecord keeps the list through failed calls, and shows it until it is stale", async () => {
  const { clock, listing, record } = makeRecord();
  const list = listing("1");
  record.listed(list);
  await clock.advance(300_000);
  record.failed(FAILURE);
  assertStrictEquals(record.listing, list);
  assertEquals(record.snapshot().isFresh, true);
  await clock.advance(1);
  assertEquals(record.listing, undefined);
  const { isFresh, listing: last } = record.snapshot();
  assertEquals(isFresh, false);
  assertStrictEquals(last, list);
});

Deno.test("TailnetRecord lets a list grow stale however the clock is set", async () => {
  for (const ms of [-86_400_000, 365 * 86_400_000]) {
    const { clock, listing, record } = makeRecord();
    record.listed(listing("1"));
    clock.set(ms);
    await clock.advance(300_000);
    assertEquals(record.snapshot().isFresh, true);
    await clock.advance(1);
    assertEquals(record.snapshot().isFresh, false);
  }
});

Deno.test("TailnetRecord tells since when the API answers or does not, and why", async () => {
  const { clock, listing, record } = makeRecord();
  record.failed(FAILURE);
  const startMs = clock.now();
  await clock.advance(5);
  record.failed(FAILURE);
  assertEquals(record.api, {
    answers: false,
    sinceMs: startMs,
    atMs: startMs + 5,
    lastListMs: undefined,
    error: FAILURE,
  });
  record.listed(listing());
  assertEquals(record.api, {
    answers: true,
    sinceMs: startMs + 5,
    atMs: startMs + 5,
    lastListMs: startMs + 5,
    error: undefined,
  });
});

Deno.test("TailnetRecord gives snapshots that later scrapes do not change", () => {
  const { record } = makeRecord();
  const [up, down] = [scraped("up"), scraped("down")];
  record.setScrape("a/1", up);
  const first = record.snapshot();
  record.setScrape("a/1", down);
  record.setScrape("a/2", up);
  const second = record.snapshot();
  record.setScrape("a/1", undefined);
  assertEquals([...first.scrapes], [["a/1", up]]);
  assertEquals([...second.scrapes], [["a/1", down], ["a/2", up]]);
  assertEquals(scrapeOf(record.snapshot(), "a/1").state, "pending");
});

Deno.test("TailnetRecord copies the scrapes only if they change after a snapshot", () => {
  const { record } = makeRecord();
  const up = scraped("up");
  record.setScrape("a/1", up);
  const { scrapes } = record.snapshot();
  record.setScrape("a/1", up);
  assertStrictEquals(record.snapshot().scrapes, scrapes);
});

Deno.test("TailnetRecord gives snapshots from which no change is lost while the API fails", async () => {
  const { listing, record } = makeRecord();
  record.listed(listing("1"));
  const first = record.snapshot();
  record.failed(FAILURE);
  const second = record.snapshot();
  record.listed(listing("1", "2"));
  const kinds = async (...[before, after]: Parameters<typeof tailnetChanges>) =>
    (await tailnetChanges(before, after)).map(({ kind }) => kind);
  assertEquals(await kinds(first, second), ["api_fails"]);
  assertEquals(await kinds(second, record.snapshot()), [
    "api_answers",
    // The devices of another list are other objects; those that are the same tell nothing.
    "device_joined",
  ]);
});
