import { assertEquals } from "@std/assert";
import { describeCollection, startProgress } from "../../src/commands/_progress.ts";

Deno.test("startProgress() says what is waited for, and nothing after its end", () => {
  const lines: string[] = [];
  let what: string | undefined = "Waiting for the Tailscale API";
  let tick = () => {};
  let isStopped = false;
  const progress = startProgress({
    describe: () => what,
    write: (line) => lines.push(line),
    everyMs: 4_000,
    repeat(callback, everyMs) {
      assertEquals(everyMs, 4_000);
      tick = callback;
      return () => isStopped = true;
    },
  });
  assertEquals(lines, []);
  tick();
  what = undefined;
  tick();
  what = "Waiting for 2 of 3 devices";
  tick();
  assertEquals(lines, [
    "Waiting for the Tailscale API (4 s so far)",
    "Waiting for 2 of 3 devices (12 s so far)",
  ]);
  progress[Symbol.dispose]();
  assertEquals(isStopped, true);
});

Deno.test("describeCollection() names the first part that has not answered", () => {
  const state = {
    joining: undefined,
    apiHost: "api.example",
    apiName: "Tailscale API",
    hasList: false,
    targets: 0,
    pending: 0,
    local: "127.0.0.1:41112",
  };
  assertEquals(describeCollection(state), "Waiting for the Tailscale API at api.example");
  assertEquals(
    describeCollection({ ...state, joining: "embedded node" }),
    "Waiting for the embedded node to join the tailnet",
  );
  const listed = { ...state, hasList: true, targets: 3, pending: 2 };
  assertEquals(describeCollection(listed), "Waiting for 2 of 3 devices");
  assertEquals(
    describeCollection({ ...listed, pending: 0 }),
    "Waiting for tailscaled at 127.0.0.1:41112",
  );
  assertEquals(describeCollection({ ...listed, pending: 0, local: undefined }), undefined);
  assertEquals(
    describeCollection({ ...state, apiHost: undefined }),
    "Waiting for tailscaled at 127.0.0.1:41112",
  );
});
