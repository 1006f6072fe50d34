import { assertEquals } from "@std/assert";
import type { Device } from "../../src/control/device.ts";
import { isHint, isPersonal, isQuiet } from "../../src/facts/mod.ts";
import { makeDevice } from "../devices/_device.ts";
import { known, NOON_MS } from "./_snapshot.ts";

const DAY_MS = 86_400_000;
const PHONE = makeDevice({ os: "iOS" });

Deno.test("isPersonal() goes by tags, system, and whose the node is", () => {
  const personal = (fields: Partial<Device>) => isPersonal(makeDevice(fields));
  assertEquals(
    [
      personal({ os: "iOS" }),
      personal({ os: "windows" }),
      personal({ isExternal: true }),
      personal({ isEphemeral: true, tags: ["tag:ci"] }),
    ],
    [true, true, true, true],
  );
  assertEquals(
    [
      personal({}),
      personal({ os: "linux" }),
      personal({ os: "windows", tags: ["tag:web"] }),
    ],
    [false, false, false],
  );
});

Deno.test("isQuiet() is true of what is personal, unless that is critical or wanted", () => {
  assertEquals(isQuiet(PHONE, {}), true);
  assertEquals(isQuiet(PHONE, { isCritical: () => false }), true);
  assertEquals(isQuiet(PHONE, { isCritical: () => true }), false);
  assertEquals(isQuiet(PHONE, { includesPersonal: true }), false);
  assertEquals(isQuiet(makeDevice({ os: "linux" }), {}), false);
});

Deno.test("isHint() is true of phones, and of what has lasted for more than 30 days", () => {
  const isHintOf = (device: Partial<Device>, isOnline: boolean, sinceMs?: number) =>
    isHint(known(device, isOnline), { nowMs: NOON_MS }, sinceMs);
  const lastSeen = (days: number) => ({ lastSeenSeconds: (NOON_MS - days * DAY_MS) / 1000 });
  assertEquals(isHintOf({}, true), false);
  assertEquals(isHintOf({ os: "iOS" }, true), true);
  assertEquals(isHintOf({}, true, NOON_MS - 30 * DAY_MS), false);
  assertEquals(isHintOf({}, true, NOON_MS - 30 * DAY_MS - 1), true);
  assertEquals(isHintOf(lastSeen(30), false), false);
  assertEquals(isHintOf(lastSeen(31), false), true);
  assertEquals(isHintOf(lastSeen(31), true), false);
  assertEquals(isHintOf({}, false), false);
});
