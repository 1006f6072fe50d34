import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  decodeRoom,
  encodeRoom,
  STREAM,
  STREAM_WINDOW,
  type StreamFrame,
  StreamFrames,
} from "../../src/embedded/_stream_frame.ts";
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

Deno.test("Link.send() passes the frames of a turn in one message", async () => {
  const { link, worker } = open();
  await link.ready;
  link.send(STREAM.data, 1, new Uint8Array([1, 2]));
  link.send(STREAM.end, 4_000_000_000);
  await settle();
  link.send(STREAM.room, 1, encodeRoom(70_000));
  await settle();
  const [first, second] = worker.frames;
  assertEquals(first, [
    { kind: STREAM.data, id: 1, payload: new Uint8Array([1, 2]) },
    { kind: STREAM.end, id: 4_000_000_000, payload: new Uint8Array() },
  ]);
  assertEquals(second?.map(({ payload }) => decodeRoom(payload)), [70_000]);
  link.kill("done");
  link.send(STREAM.close, 1);
  await settle();
  assertEquals(worker.frames.length, 2);
});

Deno.test("Link.call() does not overtake frames", async () => {
  const { link, worker } = open();
  await link.ready;
  link.send(STREAM.close, 1);
  const calls = worker.calls.length;
  const called = link.call("shutdown", 0);
  assertEquals([worker.frames.length, worker.calls.length - calls], [1, 1]);
  await called;
  link.kill("done");
});

Deno.test("STREAM and its window are those of the Go program", async () => {
  const read = (name: string) => Deno.readTextFile(`tools/tsnet/stream/${name}.go`);
  const kinds = /\tframeData *= iota.*\n\tframe(End).*\n\tframe(Room).*\n\tframe(Close)/;
  const names = kinds.exec(await read("frame"))?.slice(1).map((name) => name.toLowerCase());
  assertEquals(["data", ...names ?? []], Object.keys(STREAM));
  assertEquals(Object.values(STREAM), [0, 1, 2, 3]);
  const [, window] = /\twindow *= (\d+) << 10\n/.exec(await read("stream")) ?? [];
  assertEquals(window, `${STREAM_WINDOW / 1024}`);
});

Deno.test("Link hands frames to the stream that they are of, until it is detached", async () => {
  const { link, worker } = open();
  await link.ready;
  const received: (readonly unknown[])[] = [];
  const receiverOf = (name: string) => ({
    receive: ({ kind, payload }: StreamFrame) => void received.push([name, kind, ...payload]),
    fail: (error: Error) => void received.push([name, error.message]),
  });
  for (const id of [1, 2, 3]) link.attach(id, receiverOf(`${id}`));
  const frames = new StreamFrames();
  assert(frames.isEmpty);
  frames.add(STREAM.data, 2, new Uint8Array([7]));
  frames.add(STREAM.data, 1, new Uint8Array([8, 9]));
  frames.add(STREAM.end, 9);
  worker.send(frames.take());
  assertEquals(received.splice(0), [["2", STREAM.data, 7], ["1", STREAM.data, 8, 9]]);
  link.detach(2);
  frames.add(STREAM.data, 2, new Uint8Array([7]));
  worker.send(frames.take());
  link.kill("done");
  link.attach(4, receiverOf("late"));
  assertEquals(received, [
    ["1", "The embedded node is gone: done"],
    ["3", "The embedded node is gone: done"],
    ["late", "The embedded node is gone"],
  ]);
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

Deno.test("Link tells the beginning and the end of a long crash, in less than a log line takes", async () => {
  const { link, worker } = open();
  await link.ready;
  const stack = Array.from({ length: 40 }, (_, at) => `main.call${at}(${"0x7, ".repeat(20)})`);
  worker.send({ kind: "exit", last: ["panic: x", ...stack, "exit status 2"].join("\n") });
  const reason = await link.gone;
  assert(reason.startsWith("the Go program ended: panic: x\nmain.call0("), reason);
  assert(reason.endsWith(")\nexit status 2"), reason);
  assert(reason.length < 1_900, `${reason.length}`);
});

Deno.test("Link ends with an error that the Worker's code did not catch", async () => {
  const { link, worker } = open(undefined, true);
  worker.onerror?.(new ErrorEvent("error", { message: "broken", cancelable: true }));
  assertEquals(await link.gone, "broken");
  await assertRejects(() => link.ready, Error, "The embedded node is gone: broken");
});

Deno.test("Link ends when its Worker cannot be watched any more", async () => {
  const { link, waits, worker } = open();
  await link.ready;
  worker.postMessage = () => {
    throw new TypeError("no such field");
  };
  await waits.end(50);
  assertEquals(await link.gone, "no such field");
  assert(worker.isTerminated);
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
  assertEquals(await link.gone, "no heartbeat for 0.2 s");
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
  assertEquals(await link.gone, "no heartbeat for 0.8 s");
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
