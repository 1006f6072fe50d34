import { assert, assertEquals, assertRejects } from "@std/assert";
import { Link } from "../../src/embedded/link.ts";
import { FakeWaits, FakeWorker, type Program, settle } from "./_fake_worker.ts";

const INIT = { module: "", env: {}, caCerts: [], controlUrl: "" };

interface Opened {
  readonly link: Link;
  readonly worker: FakeWorker;
  readonly waits: FakeWaits;
  readonly events: [string, string][];
  stuck: number;
}

function open(program: Program = () => null, isSlow = false): Opened {
  const [worker, waits] = [new FakeWorker(program, isSlow), new FakeWaits()];
  const opened: { -readonly [K in keyof Opened]: Opened[K] } = {
    link: undefined as unknown as Link,
    worker,
    waits,
    events: [],
    stuck: 0,
  };
  opened.link = new Link({
    openWorker: () => worker,
    init: INIT,
    delay: waits.delay,
    beatMs: 50,
    maxMissed: 4,
    onStuck: () => opened.stuck++,
    onEvent: (kind, json) => opened.events.push([kind, json]),
  });
  return opened;
}

Deno.test("Link.call() gives the answer or the error of the operation", async () => {
  const { link } = open(({ args, op }) => op === "bad" ? new Error("no") : String(args[0]));
  await link.ready;
  assertEquals(await link.call("echo", 0, "hello"), "hello");
  await assertRejects(() => link.call("bad", 0), Error, "no");
  link.kill("done");
});

Deno.test("Link.call() moves whole buffers and copies views", async () => {
  const { link, worker } = open();
  await link.ready;
  const all = new Uint8Array([1, 2, 3, 4]);
  await link.call("write", 0, 1, all.subarray(1, 3));
  assertEquals(worker.moved, []);
  await link.call("write", 0, 1, all);
  assertEquals(worker.moved, [all.buffer]);
  link.kill("done");
});

Deno.test("Link.kill() ends all calls, and further ones", async () => {
  const { link, worker } = open(() => "never");
  await link.ready;
  const pending = link.call("read", 0, 1).catch((error) => error.message);
  link.kill("done");
  link.kill("again");
  assertEquals(await link.gone, "done");
  assertEquals(await pending, "The embedded node is gone: done");
  await assertRejects(() => link.call("read", 0, 1), Error, "The embedded node is gone");
  assert(worker.isTerminated);
});

Deno.test("Link hands events over until the Go program ends, and tells its last words", async () => {
  const { events, link, worker } = open();
  await link.ready;
  worker.emit("notify", { state: "Running" });
  worker.send({ kind: "exit", last: "panic: x\n" });
  worker.emit("notify", { state: "Stopped" });
  assertEquals(await link.gone, "the Go program ended: panic: x");
  assertEquals(events, [["notify", '{"state":"Running"}']]);
});

Deno.test("Link ends with an error that the Worker's code did not catch", async () => {
  const { link, worker } = open(undefined, true);
  worker.onerror?.(new ErrorEvent("error", { message: "broken", cancelable: true }));
  assertEquals(await link.gone, "broken");
  await assertRejects(() => link.ready, Error, "The embedded node is gone: broken");
});

Deno.test("Link gives up a silent Worker after that many heartbeats", async () => {
  const opened = open();
  const { link, waits, worker } = opened;
  await link.ready;
  worker.isFrozen = true;
  worker.turns = true;
  for (let beat = 0; beat < 4; beat++) await waits.end(50);
  assert(!worker.isTerminated);
  await waits.end(50);
  assertEquals(await link.gone, "silent for 200 ms");
  // Time to obey the kill switch.
  await waits.end(1_000);
  assert(worker.isTerminated);
  assertEquals(opened.stuck, 0);
});

Deno.test("Link gives a Worker that starts four times as long", async () => {
  const { link, waits, worker } = open(undefined, true);
  worker.isFrozen = true;
  for (let beat = 0; beat < 16; beat++) await waits.end(50);
  assert(!worker.isTerminated);
  await waits.end(50);
  assertEquals(await link.gone, "silent for 800 ms");
});

Deno.test("Link tells of a Worker that neither obeys nor turns", async () => {
  const opened = open();
  await opened.link.ready;
  opened.worker.isFrozen = true;
  for (let beat = 0; beat < 5; beat++) await opened.waits.end(50);
  assertEquals(opened.stuck, 0);
  await opened.waits.end(1_000);
  assertEquals(opened.stuck, 1);
});

Deno.test("Link keeps a Worker that answers late but does answer", async () => {
  const { link, waits, worker } = open();
  await link.ready;
  for (let round = 0; round < 5; round++) {
    worker.isFrozen = true;
    for (let beat = 0; beat < 3; beat++) await waits.end(50);
    worker.isFrozen = false;
    const ping = worker.calls.findLast(({ op }) => op === "ping");
    worker.send({ id: ping?.id, value: null });
    await settle();
  }
  assertEquals(await link.call("x", 0), null);
  link.kill("done");
});
