import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Result } from "../../src/embedded/_protocol.ts";
import { STREAM } from "../../src/embedded/_stream_frame.ts";
import { FakeWorker, settle } from "./_fake_worker.ts";
import { Lab, SELF } from "./_node_lab.ts";

const SIGNAL = new AbortController().signal;

function configOf(worker: FakeWorker): Readonly<Record<string, unknown>> {
  return JSON.parse(String(worker.calls.find(({ op }) => op === "create")?.args[0]));
}

/** Numbers of the streams that were closed. */
function closedOn(worker: FakeWorker): readonly number[] {
  return worker.frames.flat().filter(({ kind }) => kind === STREAM.close).map(({ id }) => id);
}

Deno.test("EmbeddedNode.start() joins with key and name", async () => {
  await using lab = new Lab();
  await lab.start();
  lab.node.start();
  assertEquals(lab.worker.init?.controlUrl, "https://hs.example");
  assertEquals(lab.worker.ops.slice(0, 2), ["create", "start"]);
  const { state: _, ...config } = configOf(lab.worker);
  assertEquals(config, {
    hostname: "tsmetrics",
    authKey: "key",
    controlUrl: "https://hs.example",
    verbose: false,
  });
  assertEquals(lab.node.status, {
    state: "running",
    loginUrl: undefined,
    error: undefined,
    name: "tsmetrics.lab.test",
    addresses: ["100.64.0.4"],
    tags: ["tag:x"],
    keyExpiresSeconds: undefined,
  });
});

Deno.test("EmbeddedNode keeps what the Go program says is to be kept", async () => {
  await using lab = new Lab();
  await lab.start();
  assertEquals(lab.asked, [true]);
  lab.worker.emit("state", { key: "_machinekey", value: "YQ==" });
  lab.worker.send({ kind: "exit", last: "panic: x" });
  await settle();
  await lab.waits.end(1_000);
  assertEquals(configOf(lab.worker).state, { _machinekey: "YQ==" });
  assertEquals(lab.asked, [true, false], "a node with an identity needs no new key");
});

const OTHERS = [{ device: { addresses: ["100.64.0.9"] } }];
const ALL = [...OTHERS, { device: { addresses: ["100.64.0.4", "fd7a::4"] } }];

Deno.test("EmbeddedNode.listed() finds a node that was deleted, and logs in again", async () => {
  await using lab = new Lab();
  lab.elapsedMs = 600_000;
  await lab.start();
  // Not on the list yet: it has just joined.
  for (const list of [OTHERS, OTHERS, ALL, OTHERS]) lab.node.listed(list);
  assertEquals(lab.node.status.state, "running");
  lab.node.listed(OTHERS);
  assertEquals(lab.node.status.state, "removed");
  lab.worker.emit("notify", {});
  await settle();
  assertEquals(lab.node.status.state, "removed", "Tailscale's code calls that running");
  await lab.look(300_000);
  assertEquals(lab.node.status.state, "running");
  assertEquals([lab.logins, lab.restarts], [1, []], "no crash");
});

Deno.test("EmbeddedNode is away from the control plane when it is not connected to it", async () => {
  await using lab = new Lab();
  await lab.start();
  lab.backend = { BackendState: "Running", Self: { ...SELF, Online: false } };
  await lab.look();
  assertEquals(lab.node.status.state, "running", "a connection is opened anew now and then");
  await lab.look();
  assertEquals(lab.node.status.state, "control_away");
  for (const list of [ALL, OTHERS, OTHERS]) lab.node.listed(list);
  await lab.look();
  assertEquals(lab.node.status.state, "removed", "its list is newer than what it knows");
  lab.node.listed(ALL);
  lab.backend = { BackendState: "Running", Self: { ...SELF, Online: true } };
  await lab.look();
  assertEquals(lab.states, ["running", "control_away", "removed", "running"]);
});

Deno.test("EmbeddedNode.scraped() tells a cut long before Tailscale's code does", async () => {
  let isReached = false;
  let asked = 0;
  await using lab = new Lab({
    reachesControl: () => {
      asked++;
      return Promise.resolve(isReached);
    },
  });
  const silent = { answered: 0, lost: 2 };
  assertEquals(await lab.node.scraped(silent, SIGNAL), undefined, "it has not joined");
  assertEquals(asked, 0);
  await lab.start();
  const outage = "The embedded node reaches neither the control plane nor any device: check the " +
    "network of this machine.";
  assertEquals(await lab.node.scraped(silent, SIGNAL), outage);
  assertEquals([lab.node.outage, lab.node.summary], [outage, outage]);
  await lab.look();
  assertEquals(lab.node.status.state, "control_away", "its report still says that it runs");
  assertEquals(await lab.node.scraped({ answered: 1, lost: 1 }, SIGNAL), undefined);
  assertEquals([lab.node.outage, lab.node.summary], [
    undefined,
    "The embedded node cannot reach the control plane.",
  ]);
  isReached = true;
  assertEquals(
    await lab.node.scraped(silent, SIGNAL),
    "The embedded node reaches the control plane again, and not all devices yet.",
  );
  assertEquals(await lab.node.scraped({ answered: 2, lost: 0 }, SIGNAL), undefined);
  const away = "control_away";
  assertEquals(lab.states, ["running", away, away, away, "running"]);
});

Deno.test("EmbeddedNode.listed() takes a node that is listed again for running", async () => {
  await using lab = new Lab();
  await lab.start();
  for (const list of [ALL, OTHERS, OTHERS, ALL]) lab.node.listed(list);
  lab.worker.emit("notify", {});
  await settle();
  assertEquals(lab.node.status.state, "running");
});

Deno.test("EmbeddedNode.connect() waits for a node that is starting", async () => {
  await using lab = new Lab();
  lab.backend = { BackendState: "Starting" };
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  await lab.start();
  const connecting = lab.node.connect({ hostname: "fd7a::2", port: 80, signal: SIGNAL });
  await settle();
  assert(!lab.worker.ops.includes("dial"));
  lab.backend = { BackendState: "Running", Self: SELF };
  lab.worker.emit("notify", { state: "Running" });
  const connection = await connecting;
  assertEquals(connection.remoteAddr, { hostname: "fd7a::2", port: 80 });
  connection.close();
});

Deno.test("EmbeddedNode.connect() says what to do when the node is not in the tailnet", async () => {
  await using lab = new Lab();
  const connect = () => lab.node.connect({ hostname: "100.64.0.2", port: 1, signal: SIGNAL });
  lab.refuse();
  await lab.start();
  await assertRejects(
    connect,
    Error,
    "The embedded node cannot log in: invalid key; check TS_AUTHKEY",
  );
  lab.program = () => undefined;
  lab.backend = { BackendState: "Starting" };
  lab.worker.emit("notify", { state: "Starting" });
  await settle();
  lab.elapsedMs = 20_000;
  await assertRejects(connect, Error, "The embedded node is joining the tailnet");
});

Deno.test("EmbeddedNode.connect() does not tell where to log in", async () => {
  await using lab = new Lab({ authKey: () => Promise.resolve(undefined), hasAuthKey: false });
  const connect = () => lab.node.connect({ hostname: "100.64.0.2", port: 1, signal: SIGNAL });
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  lab.backend = { BackendState: "NeedsLogin" };
  await lab.start();
  lab.worker.emit("notify", { loginUrl: "https://login.example/a/1" });
  await settle();
  assertEquals(lab.node.status.loginUrl, "https://login.example/a/1");
  const error = await assertRejects(connect, Error);
  assertEquals(error.message, "The embedded node is not logged in: see the log");
});

Deno.test("EmbeddedNode.connect() tells a refusal, and gives up with its signal", async () => {
  await using lab = new Lab();
  await lab.start();
  const connect = (signal: AbortSignal) =>
    lab.node.connect({ hostname: "100.64.0.2", port: 1, signal });
  lab.program = ({ op }) =>
    op === "dial" ? new Error("connect tcp 100.64.0.2:1: connection was refused") : undefined;
  const refused = await assertRejects(() => connect(SIGNAL), Error, "connection refused");
  assertEquals(refused.name, "ConnectionRefused");
  const dialled = lab.worker.calls.find(({ op }) => op === "dial");
  assertEquals(dialled?.timeoutMs, 30_000, "the Go program gives it up, too");
  const late = Promise.withResolvers<Result>();
  lab.program = ({ op }) => op === "dial" ? late.promise : undefined;
  const controller = new AbortController();
  const connecting = connect(controller.signal).catch((error) => error.message);
  await settle();
  controller.abort(new Error("too late"));
  assertEquals(await connecting, "too late");
  late.resolve('{"id":9,"remote":"100.64.0.2:1","peer":null}');
  await settle();
  assertEquals(closedOn(lab.worker), [9], "a connection that comes late is closed");
});

Deno.test("EmbeddedNode replaces a Worker whose node cannot be made, or its port opened", async () => {
  for (const failing of ["create", "listen"]) {
    await using lab = new Lab();
    lab.node.listen(9100);
    lab.program = ({ op }) => op === failing ? new Error("no memory") : undefined;
    await lab.start();
    await lab.waits.end(1_000);
    const reason = "cannot make the node: no memory";
    assertEquals(lab.restarts, [[reason, 1_000], [reason, 2_000]]);
    assertEquals(lab.worker.ops.includes("start"), false);
    lab.program = () => undefined;
    await lab.waits.end(2_000);
    assertEquals([lab.node.status.state, lab.node.restarts], ["running", 2]);
  }
});

Deno.test("EmbeddedNode.start() opens each port once, whatever is opened and closed meanwhile", async () => {
  await using lab = new Lab();
  lab.node.listen(1);
  const second = lab.node.listen(2);
  const ports: unknown[] = [];
  lab.program = ({ args, op }) => {
    if (op !== "listen") return undefined;
    ports.push(args[0]);
    if (args[0] === 1) {
      second.close();
      lab.node.listen(3);
    }
    return null;
  };
  await lab.start();
  assertEquals(ports, [1, 3]);
});

Deno.test("EmbeddedNode replaces a silent Worker, and its listeners come back", async () => {
  await using lab = new Lab();
  await lab.start();
  const listener = lab.node.listen(9100);
  assertThrows(() => lab.node.listen(9100), RangeError, "port 9100 of the tailnet");
  const first = lab.worker;
  await settle();
  assertEquals(first.ops.at(-1), "listen");
  first.isFrozen = first.turns = true;
  for (let beat = 0; beat < 3; beat++) await lab.waits.end(50);
  assertEquals(lab.restarts, [["no heartbeat for 0.1 s", 1_000]]);
  assertEquals(lab.node.status.state, "starting");
  await lab.waits.end(1_000);
  assert(first.isTerminated && lab.worker !== first);
  assertEquals(lab.worker.ops.slice(0, 3), ["create", "listen", "start"]);
  assertEquals([lab.node.status.state, lab.node.restarts], ["running", 1]);
  const peer = { name: "node-b", user: "alice", tags: null };
  lab.worker.emit("conn", { id: 3, port: 9100, remote: "100.64.0.2:999", peer });
  lab.worker.emit("conn", { id: 4, port: 9101, remote: "100.64.0.2:999", peer });
  assertEquals((await listener.accept()).peer, peer);
  await settle();
  assertEquals(closedOn(lab.worker), [4], "nothing listens there");
  listener.close();
  await settle();
  assertEquals(lab.worker.ops.at(-1), "unlisten");
});

Deno.test("EmbeddedNode waits longer after each crash, up to a minute", async () => {
  await using lab = new Lab();
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  await lab.start();
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
    lab.worker.send({ kind: "exit", last: "" });
    await settle();
    assertEquals(lab.restarts.at(-1), ["the Go program ended: it wrote nothing", waitMs]);
    await lab.waits.end(waitMs);
  }
});

Deno.test("EmbeddedNode that is stuck stays so", async () => {
  await using lab = new Lab();
  let notified = 0;
  lab.node.subscribe(() => notified++);
  await lab.start();
  lab.worker.isFrozen = true;
  for (let beat = 0; beat < 3; beat++) await lab.waits.end(50);
  const [stuck] = lab.workers;
  // The wait before the restart is as long as the time to obey.
  await lab.waits.end(1_000);
  assertEquals(stuck?.isTerminated, true);
  assertEquals([lab.node.status.state, lab.states.at(-1)], ["stuck", "stuck"]);
  assert(notified >= 3);
});

Deno.test("EmbeddedNode.close() shuts the Go program down, but does not wait for it for ever", async () => {
  await using lab = new Lab();
  await lab.start();
  const listener = lab.node.listen(9100);
  lab.program = ({ op }) => op === "shutdown" ? "never" : undefined;
  const closing = lab.node.close();
  await settle();
  assertEquals(lab.worker.ops.at(-1), "shutdown");
  await assertRejects(() => listener.accept(), Error, "is closed");
  await lab.waits.end(5_000);
  await closing;
});

Deno.test("EmbeddedNode.close() does not wait for an auth key", async () => {
  const late = Promise.withResolvers<undefined>();
  const lab = new Lab({ authKey: () => late.promise });
  await lab.start();
  await lab.node.close();
  late.reject(new Error("the API does not answer"));
  await settle();
  assertEquals([lab.workers.length, lab.states, lab.waits.lengths], [0, [], []]);
});

Deno.test("EmbeddedNode.localapi() wants a node", async () => {
  await using lab = new Lab();
  await assertRejects(() => lab.node.localapi("GET", "/"), Error, "not started yet");
  await lab.start();
  assertEquals((await lab.node.localapi("GET", "/localapi/v0/status")).status, 200);
  lab.backend = { BackendState: "Running", Self: SELF, Health: ["no coordination server"] };
  await lab.waits.end(15_000);
  assertEquals(lab.node.status.state, "control_away");
});
