/**
 * An embedded node over Workers that play the Go program.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Call, Result } from "../../src/embedded/_protocol.ts";
import { storedIdentity } from "../../src/embedded/identity.ts";
import { EmbeddedNode, type EmbeddedNodeOptions } from "../../src/embedded/node.ts";
import { openStore } from "../../src/store.ts";
import { answerOf, FakeWaits, FakeWorker, settle } from "./_fake_worker.ts";

/** What a LocalAPI says of a node in the tailnet. */
export const SELF = {
  DNSName: "tsmetrics.lab.test.",
  TailscaleIPs: ["100.64.0.4"],
  Tags: ["tag:x"],
};

/** A node over Workers that play the Go program. */
export class Lab implements AsyncDisposable {
  readonly workers: FakeWorker[] = [];
  readonly waits = new FakeWaits();
  readonly identity = storedIdentity(openStore(), { hostname: "tsmetrics", controlUrl: "" });
  readonly states: string[] = [];
  readonly restarts: (readonly [string, number])[] = [];
  /** How often the log is told of another login. */
  logins = 0;
  readonly asked: boolean[] = [];
  readonly node: EmbeddedNode;
  nowMs = Date.parse("2026-06-01T00:00:00Z");
  elapsedMs = 0;
  /** What the LocalAPI answers. */
  backend: Readonly<Record<string, unknown>> = { BackendState: "Running", Self: SELF };
  /** Answers instead of the usual. */
  program: (call: Call) => Result | Error | "never" | undefined | Promise<Result> = () => undefined;

  constructor(options: Partial<EmbeddedNodeOptions> = {}) {
    this.node = new EmbeddedNode({
      module: "m",
      hostname: "tsmetrics",
      controlUrl: "https://hs.example",
      authKey: (isNeeded) => {
        this.asked.push(isNeeded);
        return Promise.resolve("key");
      },
      hasAuthKey: true,
      identity: this.identity,
      openWorker: () => {
        const worker = new FakeWorker((call) => this.#answer(call));
        this.workers.push(worker);
        return worker;
      },
      delay: this.waits.delay,
      beatMs: 50,
      maxMissed: 2,
      now: () => this.nowMs,
      elapsed: () => this.elapsedMs,
      onStatus: ({ state }) => this.states.push(state),
      onRestart: (reason, waitMs) => this.restarts.push([reason, waitMs]),
      onLogin: () => this.logins++,
      ...options,
    });
  }

  get worker(): FakeWorker {
    const worker = this.workers.at(-1);
    assert(worker !== undefined);
    return worker;
  }

  async start(): Promise<void> {
    this.node.start();
    await settle();
  }

  /** Lets so much time pass that the node looks at itself, and starts a Worker if it wants one. */
  async look(ms = 15_000): Promise<void> {
    this.elapsedMs += ms;
    await this.waits.end(15_000);
    await this.waits.end(1_000);
  }

  /** The control plane refuses the key, after some steps as Tailscale's code has them. */
  refuse(error = "invalid key"): void {
    this.program = async ({ op }) => {
      if (op === "create") this.backend = { BackendState: "NoState" };
      if (op !== "start") return op === "localapi" ? answerOf(this.backend) : null;
      this.worker.emit("notify", { state: "NoState" });
      await settle();
      this.backend = { BackendState: "NeedsLogin" };
      this.worker.emit("notify", { state: "NeedsLogin" });
      await settle();
      this.worker.emit("notify", { error });
      throw new Error(error);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close();
    assert(this.worker.isTerminated);
    assertEquals(this.waits.lengths, []);
  }

  async #answer(call: Call): Promise<Result> {
    const result = await this.program(call);
    if (result === "never") return await new Promise(() => {});
    if (result instanceof Error) throw result;
    if (result !== undefined) return result;
    switch (call.op) {
      case "localapi":
        return answerOf(this.backend);
      case "dial":
        return JSON.stringify({ id: 1, remote: String(call.args[0]), peer: null });
      default:
        return null;
    }
  }
}
