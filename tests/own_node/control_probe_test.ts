import { assertEquals, assertRejects } from "@std/assert";
import { createControlProbe } from "../../src/own_node/control_probe.ts";
import { FakeClock } from "../_support/fake_clock.ts";

const SIGNAL = new AbortController().signal;

Deno.test("createControlProbe() connects to the control plane, and closes the connection", async () => {
  for (
    const [url, place] of [
      [undefined, "controlplane.tailscale.com 443"],
      ["https://hs.example/path", "hs.example 443"],
      ["http://hs.example", "hs.example 80"],
      ["https://hs.example:8443", "hs.example 8443"],
      ["http://[fd7a::1]:8080", "fd7a::1 8080"],
    ] as const
  ) {
    const heard: string[] = [];
    const probe = createControlProbe({
      url: url === undefined ? undefined : new URL(url),
      connect: ({ hostname, port }) => {
        heard.push(`${hostname} ${port}`);
        return Promise.resolve({ close: () => heard.push("closed") });
      },
      delay: new FakeClock().delay,
    });
    assertEquals([await probe(SIGNAL), heard], [true, [place, "closed"]]);
  }
});

Deno.test("createControlProbe() says no where the connection fails, or takes more than 5 s", async () => {
  const clock = new FakeClock();
  const { delay } = clock;
  const failing = createControlProbe({
    connect: () => Promise.reject(new Error("refused")),
    delay,
  });
  assertEquals(await failing(SIGNAL), false);
  const silent = createControlProbe({ connect: () => new Promise(() => {}), delay });
  const answer = silent(SIGNAL);
  await clock.advance(5_000);
  assertEquals(await answer, false);
});

Deno.test("createControlProbe() says yes where the sandbox forbids the connection", async () => {
  const error = new Error("Requires net access");
  error.name = "NotCapable";
  const { delay } = new FakeClock();
  const probe = createControlProbe({ connect: () => Promise.reject(error), delay });
  assertEquals(await probe(SIGNAL), true);
});

Deno.test("createControlProbe() gives up with its signal", async () => {
  const { delay } = new FakeClock();
  const probe = createControlProbe({ connect: () => new Promise(() => {}), delay });
  const stop = new AbortController();
  const answer = probe(stop.signal);
  stop.abort(new Error("stopped"));
  await assertRejects(() => answer, Error, "stopped");
});
