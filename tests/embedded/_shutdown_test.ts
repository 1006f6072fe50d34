import { assertEquals } from "@std/assert";
import type { Result } from "../../src/embedded/_protocol.ts";
import type { EmbeddedNodeOptions } from "../../src/embedded/node.ts";
import type { ListedDevice } from "../../src/own_node/node_status.ts";
import { settle } from "./_fake_worker.ts";
import { Lab } from "./_node_lab.ts";

const LOGGED_OUT: Result = { status: 204, body: null };

function listOf(isEphemeral: boolean | undefined): readonly ListedDevice[] {
  return [{ device: { addresses: ["100.64.0.4"], isEphemeral } }];
}

/** A node whose LocalAPI answers a logout. */
class LogoutLab extends Lab {
  /** What the log is told of a logout. */
  readonly told: (string | undefined)[];
  /** What the LocalAPI answers to it. */
  logout: Result | Error | "never" = LOGGED_OUT;

  constructor(options: Partial<EmbeddedNodeOptions> = {}) {
    const told: (string | undefined)[] = [];
    super({ ...options, onLogout: (failure) => told.push(failure) });
    this.told = told;
    this.program = ({ args, op }) =>
      op === "localapi" && args[1] === "/localapi/v0/logout" ? this.logout : undefined;
  }

  /** Joins, keeps an identity, and is closed; gives the operations of the end. */
  async run(list: readonly ListedDevice[] | undefined): Promise<readonly unknown[]> {
    await this.start();
    this.worker.emit("state", { key: "_machinekey", value: "YQ==" });
    if (list !== undefined) this.node.listed(list);
    await settle();
    const before = this.worker.calls.length;
    await this.node.close();
    return this.worker.calls.slice(before).map(({ args, op }) => [op, ...args].join(" "));
  }

  /** Whether the next start finds an identity. */
  get hasIdentity(): boolean {
    return Object.keys(this.identity.load()).length > 0;
  }
}

const LOGOUT = "localapi POST /localapi/v0/logout ";

Deno.test("EmbeddedNode.close() logs out a node that the device list calls ephemeral", async () => {
  const lab = new LogoutLab({ hasEphemeralKeys: true });
  // Not made by this process, so that only the list tells.
  lab.identity.save("_machinekey", "YQ==");
  assertEquals(await lab.run(listOf(true)), [LOGOUT, "shutdown"]);
  assertEquals([lab.told, lab.hasIdentity], [[undefined], false]);
});

Deno.test("EmbeddedNode.close() logs out a node of a key that makes ephemeral ones", async () => {
  const lab = new LogoutLab({ hasEphemeralKeys: true });
  assertEquals(await lab.run(undefined), [LOGOUT, "shutdown"]);
});

Deno.test("EmbeddedNode.close() leaves every other node logged in", async () => {
  const cases: readonly (readonly [Partial<EmbeddedNodeOptions>, boolean | undefined])[] = [
    [{}, false],
    [{}, undefined],
    [{ hasEphemeralKeys: true }, false],
    // With an auth key, which need not be good for another login.
    [{}, true],
    [{ staysLoggedIn: () => true, hasEphemeralKeys: true }, true],
  ];
  for (const [options, isEphemeral] of cases) {
    const lab = new LogoutLab(options);
    assertEquals(await lab.run(listOf(isEphemeral)), ["shutdown"]);
    assertEquals([lab.told, lab.hasIdentity], [[], true]);
  }
});

Deno.test("EmbeddedNode.close() does not take a kept identity for one of its ephemeral key", async () => {
  const lab = new LogoutLab({ hasEphemeralKeys: true });
  lab.identity.save("_machinekey", "YQ==");
  assertEquals(await lab.run(undefined), ["shutdown"]);
  // Nor after it logged in again with such a key: the control plane may know the node still.
  const again = new LogoutLab({ hasEphemeralKeys: true });
  again.identity.save("_machinekey", "YQ==");
  again.backend = { BackendState: "NeedsLogin" };
  await again.start();
  again.worker.emit("notify", { error: "invalid key" });
  await settle();
  again.backend = new Lab().backend;
  await again.look(300_000);
  assertEquals(again.node.status.state, "running");
  assertEquals(await again.run(undefined), ["shutdown"]);
});

Deno.test("EmbeddedNode.close() does not take a login by hand for one with its ephemeral key", async () => {
  const lab = new LogoutLab({ hasEphemeralKeys: true });
  lab.backend = { BackendState: "NeedsLogin" };
  await lab.start();
  lab.worker.emit("notify", { loginUrl: "https://hs.example/register/1" });
  await settle();
  lab.backend = new Lab().backend;
  lab.worker.emit("notify", { state: "Running" });
  await settle();
  assertEquals(lab.node.status.state, "running");
  assertEquals(await lab.run(undefined), ["shutdown"]);
});

Deno.test("EmbeddedNode.close() asks a node that is out, or away, for no logout", async () => {
  const backends = [
    ["needs_login", { BackendState: "NeedsLogin" }],
    ["starting", { BackendState: "Starting" }],
    ["control_away", { ...new Lab().backend, Health: ["no coordination server"] }],
  ] as const;
  for (const [state, backend] of backends) {
    const lab = new LogoutLab({ hasEphemeralKeys: true });
    lab.backend = backend;
    await lab.start();
    if (state === "needs_login") lab.worker.emit("notify", { error: "invalid key" });
    // A node that was connected counts as away after some time.
    await lab.waits.end(15_000);
    lab.elapsedMs += 60_000;
    await lab.waits.end(15_000);
    assertEquals(lab.node.status.state, state);
    assertEquals(await lab.run(listOf(true)), ["shutdown"]);
  }
});

Deno.test("EmbeddedNode.close() reports a logout that fails, and keeps the identity", async () => {
  const body = new TextEncoder().encode("no controlclient\n");
  const cases: readonly (readonly [Result | Error, string])[] = [
    [{ status: 500, body }, "its LocalAPI answered 500: no controlclient"],
    [{ status: 403, body: null }, "its LocalAPI answered 403"],
    [new Error("context deadline exceeded"), "context deadline exceeded"],
  ];
  for (const [answer, reason] of cases) {
    const lab = new LogoutLab({ hasEphemeralKeys: true });
    lab.logout = answer;
    assertEquals(await lab.run(listOf(true)), [LOGOUT, "shutdown"]);
    assertEquals([lab.told, lab.hasIdentity], [[reason], true]);
  }
});

Deno.test("EmbeddedNode.close() does not wait for a logout for ever", async () => {
  const lab = new LogoutLab({ hasEphemeralKeys: true });
  lab.logout = "never";
  const ended = lab.run(listOf(true));
  await settle();
  await settle();
  assertEquals(lab.worker.calls.at(-1)?.timeoutMs, 3_000, "the Go program gives it up, too");
  await lab.waits.end(5_000);
  assertEquals([await ended, lab.told], [[LOGOUT], ["no answer within 5 s"]]);
});
