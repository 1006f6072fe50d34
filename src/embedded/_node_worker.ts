/**
 * One Worker of the embedded node: its Go program makes the node, joins the tailnet, and is asked
 * for its status until the Worker is gone.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { ConnInfo, EventKind, LocalResponse, NotifyEvent, StateEvent } from "./_protocol.ts";
import { createNode, openGoProgram } from "./_go_program.ts";
import type { EmbeddedNodeOptions } from "./_node_options.ts";
import type { Ports } from "./_ports.ts";
import { SelfWatch } from "./_self_watch.ts";
import type { Standing } from "./_standing.ts";
import type { Link } from "./link.ts";
import type { SelfReport } from "../own_node/self_report.ts";

/** What {@linkcode NodeWorker} is told. */
export interface NodeWorkerOptions {
  /** The node. */
  readonly node: EmbeddedNodeOptions;
  /** The ports to open on it. */
  readonly ports: Ports;
  /** Hears what comes of the login. */
  readonly standing: Pick<Standing, "notified">;
  /** Called when there is a node to ask, which has not joined yet. */
  readonly onMade: () => void;
  /** Hears each report of the node. */
  readonly onReport: (report: SelfReport) => void;
  /** Called when the Worker is frozen and could not be stopped. */
  readonly onStuck: () => void;
}

/** Deadline of a LocalAPI call. */
const CALL_MS = 10_000;

/** What may help where the Go program takes none of what is kept of the node. */
const IDENTITY_ADVICE = "if that lasts, its identity is damaged: give a backup of it to " +
  "`tsmetrics tailnet restore`, or correct TSNET_STATE";

/** A Worker that runs the Go program. */
export class NodeWorker {
  /** What connections are opened on. */
  readonly link: Link;
  readonly #options: NodeWorkerOptions;
  /** Looks at the node; undefined while there is none. */
  #watch: SelfWatch | undefined;

  /** Starts the Worker. */
  constructor(options: NodeWorkerOptions) {
    this.#options = options;
    this.link = openGoProgram(options.node, {
      onStuck: options.onStuck,
      onEvent: (kind, json) => this.#receive(kind, json),
    });
  }

  /** Whether its Go program has a node. */
  get hasNode(): boolean {
    return this.#watch !== undefined;
  }

  /**
   * Makes the node, opens its ports, and joins.
   *
   * @throws What the Go program reports; see {@linkcode NodeWorker.explain}.
   */
  async join(authKey: string | undefined): Promise<void> {
    const { node, onMade, ports } = this.#options;
    const { link } = this;
    try {
      await createNode(link, node, authKey);
      this.#watch = this.#makeWatch();
      onMade();
      await ports.openOn(link);
    } catch (error) {
      // A Worker without a node would stay so for ever. Does nothing where the link is gone.
      link.kill(`cannot make the node: ${this.explain(error)}`);
      throw error;
    }
    await link.call("start", 0);
    await this.#watch.look();
  }

  /** What the Go program said of a node that it could not make or start, and what may help. */
  explain(error: unknown): string {
    const reason = describeError(error);
    const hasIdentity = Object.keys(this.#options.node.identity.load()).length > 0;
    return hasIdentity ? `${reason} (${IDENTITY_ADVICE})` : reason;
  }

  /**
   * Waits until the Worker is gone.
   *
   * @returns Why it is.
   */
  async untilGone(): Promise<string> {
    const reason = await this.link.gone;
    this.#watch = undefined;
    this.#options.ports.lost();
    return reason;
  }

  /** Asks the node for its status, if there is one. */
  async look(): Promise<void> {
    await this.#watch?.look();
  }

  /**
   * Asks its LocalAPI.
   *
   * @throws {Error} What the Go program reports, or that the link is over.
   */
  async localapi(method: string, path: string): Promise<LocalResponse> {
    return await this.link.call("localapi", CALL_MS, method, path, null) as LocalResponse;
  }

  #makeWatch(): SelfWatch {
    const { node, onReport } = this.#options;
    return new SelfWatch({
      ask: () => this.localapi("GET", "/localapi/v0/status?peers=false"),
      onReport: (report) => {
        // The link may have ended since it was asked.
        if (this.hasNode) onReport(report);
      },
      onSilent: (reason) => this.link.kill(`its LocalAPI tells no status: ${reason}`),
      delay: node.delay,
    });
  }

  #receive(kind: EventKind, json: string): void {
    const { node, ports, standing } = this.#options;
    const data: unknown = JSON.parse(json);
    switch (kind) {
      case "state": {
        const { key, value } = data as StateEvent;
        node.identity.save(key, value);
        break;
      }
      case "notify":
        standing.notified(data as NotifyEvent);
        this.#watch?.look();
        break;
      case "log":
        node.onLog?.(String(data).trimEnd());
        break;
      case "conn":
        ports.offer(this.link, data as ConnInfo);
        break;
    }
  }
}
