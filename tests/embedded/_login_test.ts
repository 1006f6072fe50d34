import { assertEquals } from "@std/assert";
import { storedIdentity } from "../../src/embedded/identity.ts";
import { describeStatus } from "../../src/own_node/status_text.ts";
import { createStatusLog } from "../../src/own_node/status_log.ts";
import { fillMessage, type Logger } from "../../src/log/log.ts";
import { openStore } from "../../src/store.ts";
import { settle } from "./_fake_worker.ts";
import { Lab, SELF } from "./_node_lab.ts";

function loggerTo(log: (line: string) => void): Logger {
  const write: Logger["info"] = (message, properties = {}) => log(fillMessage(message, properties));
  return { debug: write, info: write, warning: write, error: write };
}

Deno.test("EmbeddedNode is starting while a login by key is under way", async () => {
  await using lab = new Lab();
  lab.backend = { BackendState: "NeedsLogin" };
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  await lab.start();
  lab.worker.emit("notify", { state: "NeedsLogin" });
  await settle();
  assertEquals([lab.node.status.state, lab.states], ["starting", []]);
  lab.worker.emit("notify", { loginUrl: "https://hs.example/register/1" });
  await settle();
  assertEquals(lab.node.status.state, "needs_login", "the key was refused");
});

Deno.test("EmbeddedNode without a key is starting until it knows where to log in", async () => {
  await using lab = new Lab({ authKey: () => Promise.resolve(undefined), hasAuthKey: false });
  lab.backend = { BackendState: "NeedsLogin" };
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  await lab.start();
  lab.worker.emit("notify", { state: "NeedsLogin" });
  await settle();
  assertEquals([lab.node.status.state, lab.states], ["starting", []]);
  lab.worker.emit("notify", { loginUrl: "https://hs.example/register/1" });
  await settle();
  assertEquals(lab.states, ["needs_login"]);
});

Deno.test("EmbeddedNode without a key asks where to log in when it is out, every five minutes", async () => {
  await using lab = new Lab({ authKey: () => Promise.resolve(undefined), hasAuthKey: false });
  const paths: unknown[] = [];
  lab.program = ({ args: [method, path], op }) => {
    if (op === "localapi" && method === "POST") paths.push(path);
    return undefined;
  };
  await lab.start();
  const expired = { ...SELF, KeyExpiry: "2026-05-31T00:00:00Z" };
  for (const count of [2, 4]) {
    lab.backend = { BackendState: "NeedsLogin", Self: expired };
    lab.worker.emit("notify", { state: "NeedsLogin" });
    await settle();
    await lab.look();
    assertEquals(paths.length, count - 2, "it may want a login for a moment only");
    for (let look = 0; look <= 20; look++) await lab.look();
    assertEquals(paths, Array(count).fill("/localapi/v0/login-interactive"));
    lab.worker.emit("notify", { loginUrl: "https://hs.example/register/1" });
    for (let look = 0; look <= 20; look++) await lab.look();
    assertEquals(paths.length, count, "the URL is known");
    assertEquals(lab.node.status.loginUrl, "https://hs.example/register/1");
    lab.backend = { BackendState: "Running", Self: SELF };
    lab.worker.emit("notify", { state: "Running" });
    await settle();
    assertEquals(lab.node.status.state, "running");
  }
  assertEquals([lab.workers.length, lab.logins], [1, 0]);
});

Deno.test("EmbeddedNode without a key does not ask where to log in because lists lack it", async () => {
  await using lab = new Lab({ authKey: () => Promise.resolve(undefined), hasAuthKey: false });
  await lab.start();
  const own = { device: { addresses: SELF.TailscaleIPs } };
  for (const list of [[own], [], []]) lab.node.listed(list);
  for (let look = 0; look < 3; look++) await lab.look();
  assertEquals(lab.node.status.state, "removed");
  const asked = lab.worker.calls.filter(({ args: [method] }) => method === "POST");
  assertEquals(asked, []);
});

Deno.test("EmbeddedNode that is in does not leave because this machine's clock is ahead", async () => {
  for (const hasAuthKey of [true, false]) {
    await using lab = new Lab({
      hasAuthKey,
      authKey: () => Promise.resolve(hasAuthKey ? "key" : undefined),
    });
    const key = { KeyExpiry: "2026-05-31T00:00:00Z" };
    lab.backend = { BackendState: "Running", Self: { ...SELF, ...key } };
    await lab.start();
    for (let look = 0; look < 50; look++) await lab.look();
    assertEquals(lab.node.status.state, "key_expired", "it is shown, though");
    const asked = lab.worker.calls.filter(({ args: [method] }) => method === "POST");
    assertEquals([asked, lab.logins, lab.workers.length], [[], 0, 1]);
  }
});

Deno.test("EmbeddedNode asks again where to log in after a request that failed", async () => {
  await using lab = new Lab({ authKey: () => Promise.resolve(undefined), hasAuthKey: false });
  await lab.start();
  let asked = 0;
  lab.program = ({ args: [method], op }) => {
    if (op !== "localapi" || method !== "POST") return undefined;
    return ++asked === 1 ? { status: 500, body: new Uint8Array() } : { status: 204, body: null };
  };
  lab.backend = { BackendState: "NeedsLogin" };
  for (let look = 0; look < 10; look++) await lab.look();
  assertEquals(asked, 2, "and not after one that did not");
});

Deno.test("EmbeddedNode logs in again after its key expired, every five minutes", async () => {
  await using lab = new Lab();
  await lab.start();
  lab.worker.emit("state", { key: "_machinekey", value: "YQ==" });
  const key = { KeyExpiry: "2026-05-31T00:00:00Z" };
  lab.backend = { BackendState: "NeedsLogin", Self: { ...SELF, ...key } };
  lab.worker.emit("notify", { state: "NeedsLogin" });
  await settle();
  assertEquals(lab.node.status.state, "key_expired");
  lab.elapsedMs = 299_000;
  await lab.waits.end(15_000);
  assertEquals(lab.restarts, []);
  assertEquals(lab.logins, 0);
  lab.elapsedMs = 300_000;
  await lab.waits.end(15_000);
  assertEquals([lab.logins, lab.restarts], [1, []]);
  assertEquals(lab.node.status.state, "key_expired", "until the login succeeds");
  lab.backend = { BackendState: "Running", Self: SELF };
  await lab.waits.end(1_000);
  assertEquals(lab.states, ["running", "key_expired", "running"]);
  assertEquals(lab.asked, [true, true], "a key is made for the login");
  assertEquals(lab.node.status.state, "running");
});

/** Words of Tailscale's own warning, as a node in WebAssembly has them. */
function unreached(cause: string): Readonly<Record<string, unknown>> {
  const health = "You are logged out. The last login error was: fetch control key: Get " +
    `"http://hs.example/key?v=142": net/http: fetch() failed: TypeError: fetch failed: Error: ` +
    `error sending request for url (http://hs.example/key?v=142): client error (Connect): ${cause}`;
  return { Health: ["Tailscale is starting. Please wait.", health] };
}

Deno.test("EmbeddedNode says once that it does not reach the control plane, with and without a key", async () => {
  const refused = "tcp connect error: Connection refused (os error 111)";
  // A node that is to log in, and one with a kept identity.
  for (const backend of ["NeedsLogin", "NoState"]) {
    for (const hasAuthKey of [true, false]) {
      const lines: string[] = [];
      const log = loggerTo((line) => lines.push(line));
      await using lab = new Lab({
        hasAuthKey,
        authKey: () => Promise.resolve(hasAuthKey ? "key" : undefined),
        onStatus: createStatusLog({ log, tags: [], name: "embedded node" }),
      });
      lab.program = ({ op }) => op === "start" ? "never" : undefined;
      lab.backend = { BackendState: backend, ...unreached(refused) };
      await lab.start();
      lab.worker.emit("notify", { state: backend });
      await settle();
      assertEquals([lines, lab.node.status.error], [[], undefined], "a network may come up");
      await lab.look();
      lab.backend = { BackendState: backend, ...unreached("dns error") };
      for (let look = 0; look < 40; look++) await lab.look();
      assertEquals(lab.node.status.state, "starting", "it need not log in");
      assertEquals(
        lab.node.summary,
        "The embedded node does not reach the control plane: see the log.",
      );
      lab.backend = { BackendState: "Running", Self: SELF };
      await lab.look();
      assertEquals(lines, [
        "The embedded node does not reach the control plane: fetch control key: Get " +
        `"http://hs.example/key?v=142": ${refused}; check the network and TSNET_CONTROL_URL.`,
        "Joined the tailnet as tsmetrics.lab.test (100.64.0.4)",
      ]);
      assertEquals([lab.workers.length, lab.logins], [1, 0]);
    }
  }
});

Deno.test("EmbeddedNode says what helps where a certificate is not trusted", async () => {
  await using lab = new Lab();
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  const backend = { BackendState: "NeedsLogin" };
  lab.backend = { ...backend, ...unreached("invalid peer certificate: UnknownIssuer") };
  await lab.start();
  await lab.look();
  assertEquals(
    describeStatus(lab.node.status),
    "The embedded node does not reach the control plane: fetch control key: Get " +
      '"http://hs.example/key?v=142": invalid peer certificate: UnknownIssuer; ' +
      "give the certificate of its authority in TLS_CA_PEM.",
  );
});

Deno.test("EmbeddedNode says that a control plane accepts and does not answer", async () => {
  await using lab = new Lab();
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  lab.backend = { BackendState: "NoState" };
  await lab.start();
  for (let look = 0; look < 3; look++) await lab.look();
  assertEquals(lab.node.status.error, undefined);
  await lab.look();
  assertEquals(lab.node.status.error, "it does not answer");
});

Deno.test("EmbeddedNode that Tailscale's code refuses to start says why, and what may help", async () => {
  await using lab = new Lab();
  lab.identity.save("_machinekey", "YQ==");
  lab.backend = { BackendState: "NoState" };
  lab.program = ({ op }) => op === "start" ? new Error("invalid key") : undefined;
  await lab.start();
  const { error, state } = lab.node.status;
  assertEquals(state, "needs_login");
  assertEquals(
    error,
    "invalid key (if that lasts, its identity is damaged: give a backup of it to " +
      "`tsmetrics tailnet restore`, or correct TSNET_STATE)",
  );
});

Deno.test("EmbeddedNode with a refused key has one state for hours, and one line in the log", async () => {
  const lines: string[] = [];
  const log = (sentence: string) => lines.push(sentence);
  const tell = createStatusLog({ log: loggerTo(log), tags: [], name: "embedded node" });
  const states: string[] = [];
  await using lab = new Lab({
    onStatus(status) {
      states.push(status.state);
      tell(status);
    },
  });
  let changes = 0;
  lab.node.subscribe(() => changes++);
  lab.refuse();
  await lab.start();
  for (let look = 0; look <= 480; look++) await lab.look();
  assertEquals(lab.workers.length, 25, "it tries every five minutes of two hours");
  assertEquals([states, changes], [["needs_login"], 1]);
  assertEquals(lines, [
    "The embedded node cannot log in: invalid key; check TS_AUTHKEY.",
  ]);
  assertEquals([lab.logins, lab.node.restarts, lab.restarts], [1, 0, []]);
  lab.program = () => undefined;
  lab.backend = { BackendState: "Running", Self: SELF };
  await lab.look(300_000);
  assertEquals(states, ["needs_login", "running"]);
});

Deno.test("EmbeddedNode whose key expired, and whose auth key is refused, says both once", async () => {
  await using lab = new Lab();
  await lab.start();
  const expired = { ...SELF, KeyExpiry: "2026-05-31T00:00:00Z" };
  lab.backend = { BackendState: "NeedsLogin", Self: expired };
  lab.worker.emit("notify", { state: "NeedsLogin", loginUrl: "https://hs.example/register/1" });
  await settle();
  lab.refuse();
  for (let look = 0; look < 100; look++) await lab.look();
  assertEquals(lab.states, ["running", "key_expired", "needs_login"]);
  assertEquals([lab.logins, lab.node.restarts], [1, 0]);
});

Deno.test("EmbeddedNode that is asked to log in by hand in spite of its key names no URL", async () => {
  await using lab = new Lab();
  let asked = 0;
  const sentences = new Set<string>();
  lab.node.subscribe(() => sentences.add(describeStatus(lab.node.status)));
  lab.backend = { BackendState: "NeedsLogin" };
  lab.program = ({ op }) => {
    if (op !== "start") return undefined;
    const loginUrl = `https://hs.example/register/${asked++}`;
    lab.worker.emit("notify", { loginUrl });
    return new Error(`refused, wants a login at ${loginUrl}`);
  };
  await lab.start();
  for (let look = 0; look < 100; look++) await lab.look();
  assertEquals(asked, 6);
  assertEquals([...sentences], [
    "The embedded node cannot log in: it does not accept the auth key and wants a " +
    "login by hand; check TS_AUTHKEY.",
  ]);
});

Deno.test("EmbeddedNode stays out while its Worker crashes", async () => {
  await using lab = new Lab();
  lab.refuse();
  await lab.start();
  await lab.look();
  lab.worker.emit("state", { key: "_machinekey", value: "YQ==" });
  lab.worker.send({ kind: "exit", last: "panic: x" });
  await settle();
  await lab.look();
  assertEquals([lab.states, lab.node.restarts], [["needs_login"], 1]);
  assertEquals(lab.asked, [true, true], "the next Worker has to log in");
});

Deno.test("EmbeddedNode that was deleted while it was away logs in at the first look", async () => {
  const store = openStore();
  const name = { hostname: "tsmetrics", controlUrl: "" };
  storedIdentity(store, name).save("_machinekey", "YQ==");
  const asked: boolean[] = [];
  await using lab = new Lab({
    identity: storedIdentity(store, name),
    // As with the secret of an OAuth client.
    authKey(isNeeded) {
      asked.push(isNeeded);
      return Promise.resolve(isNeeded ? "key" : undefined);
    },
  });
  lab.backend = { BackendState: "NeedsLogin" };
  await lab.start();
  lab.worker.emit("notify", { state: "NeedsLogin", loginUrl: "https://hs.example/register/1" });
  await settle();
  assertEquals([lab.node.status.state, lab.states], ["starting", []], "its key has not been tried");
  lab.elapsedMs = 15_000;
  await lab.waits.end(15_000);
  lab.backend = { BackendState: "Running", Self: SELF };
  await lab.waits.end(1_000);
  assertEquals([lab.states, asked, lab.logins], [["running"], [false, true], 1]);
  assertEquals(lab.node.restarts, 0);
});

Deno.test("EmbeddedNode tells of a login by hand: where, and when it is done", async () => {
  await using lab = new Lab({ hasAuthKey: false, authKey: () => Promise.resolve(undefined) });
  lab.backend = { BackendState: "NeedsLogin" };
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  await lab.start();
  lab.worker.emit("notify", { loginUrl: "https://hs.example/register/1" });
  await settle();
  const { loginUrl, state } = lab.node.status;
  assertEquals([state, loginUrl], ["needs_login", "https://hs.example/register/1"]);
  assertEquals(lab.node.summary, "The embedded node is not logged in: see the log.");
  lab.backend = { BackendState: "Running", Self: SELF };
  lab.worker.emit("notify", { state: "Running" });
  await settle();
  assertEquals([lab.node.status.state, lab.node.status.loginUrl], ["running", undefined]);
});

Deno.test("EmbeddedNode tries again to get an auth key", async () => {
  const keys = [new Error("the API answered 403"), "key"];
  await using lab = new Lab({
    authKey: () => {
      const key = keys.shift();
      return key instanceof Error ? Promise.reject(key) : Promise.resolve(key);
    },
  });
  await lab.start();
  assertEquals([lab.workers.length, lab.node.restarts], [0, 0]);
  assertEquals(lab.node.status.error, "the API answered 403");
  await lab.waits.end(1_000);
  assertEquals(lab.node.status.state, "running");
});

Deno.test("EmbeddedNode.localapi() waits for a Worker that is replaced for a login", async () => {
  await using lab = new Lab();
  lab.refuse();
  await lab.start();
  await lab.look();
  async function ask(): Promise<unknown> {
    const path = "/localapi/v0/status";
    return await lab.node.localapi("GET", path).then(({ status }) => status, String);
  }
  async function untilReplaced(): Promise<void> {
    lab.elapsedMs += 300_000;
    await lab.waits.end(15_000);
  }
  await untilReplaced();
  const answered = ask();
  await lab.waits.end(1_000);
  assertEquals(await answered, 200);
  await lab.look();
  await untilReplaced();
  const crashed = ask();
  lab.program = ({ op }) => op === "create" ? new Error("no memory") : undefined;
  await lab.waits.end(1_000);
  assertEquals(await crashed, "Error: The embedded node is not started yet");
  lab.worker.send({ kind: "exit", last: "panic: x" });
  await settle();
  assertEquals(await ask(), "Error: The embedded node is not started yet", "a crash is a fault");
});

Deno.test("EmbeddedNode.close() ends what waits for a Worker", async () => {
  const lab = new Lab();
  lab.refuse();
  await lab.start();
  await lab.look();
  lab.elapsedMs += 300_000;
  await lab.waits.end(15_000);
  const asked = lab.node.localapi("GET", "/localapi/v0/status").catch(String);
  await lab.node.close();
  assertEquals(await asked, "Error: The embedded node is not started yet");
});
