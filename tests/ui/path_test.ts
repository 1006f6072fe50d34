import { assertEquals } from "@std/assert";
import { PATH_STATES } from "../../src/paths/path_state.ts";
import type { PathEntry } from "../../src/ui/host_model.ts";
import {
  formatMs,
  formatShare,
  pathName,
  PATHS,
  relayShare,
  usedPaths,
} from "../../src/ui/path.ts";

const ENTRY: PathEntry = {
  path: "derp",
  relay_only: false,
  since: "2026-01-31T12:00:00Z",
  region: null,
  rtt_ms: null,
  relay_seconds: 30,
  path_seconds: 40,
};

Deno.test("pathName() knows every path of the API", () => {
  assertEquals(Object.keys(PATHS), [...PATH_STATES]);
  assertEquals(pathName("derp"), "DERP relay");
  assertEquals(pathName("new_path"), "new_path");
});

Deno.test("usedPaths() leaves out what no peer takes, and keeps what it does not know", () => {
  assertEquals(usedPaths({ derp: 1, new_path: 2, direct_v4: 3, idle: 0 }), [
    "direct_v4",
    "derp",
    "new_path",
  ]);
  assertEquals(usedPaths({}), []);
});

Deno.test("relayShare() is undefined while no path was ever known", () => {
  assertEquals(relayShare(ENTRY), 0.75);
  assertEquals(relayShare({ ...ENTRY, relay_seconds: 41 }), 1);
  assertEquals(relayShare({ ...ENTRY, path_seconds: 0, relay_seconds: 0 }), undefined);
});

Deno.test("formatShare() rounds nothing up to all, and little down to nothing", () => {
  const texts = [undefined, 0, 0.001, 0.01, 0.999, 1].map(formatShare);
  assertEquals(texts, ["–", "0 %", "< 1 %", "1 %", "99 %", "100 %"]);
});

Deno.test("formatMs() has a decimal for short times only", () => {
  assertEquals([null, 0.42, 9.96, 10, 123.4].map(formatMs), [
    "–",
    "0.4 ms",
    "10.0 ms",
    "10 ms",
    "123 ms",
  ]);
});
