/**
 * What the Go program of a Worker is given: its environment at the start, then the node's settings
 * and identity.
 *
 * @module
 */

import type { EventKind } from "./_protocol.ts";
import type { EmbeddedNodeOptions } from "./_node_options.ts";
import { Link } from "./link.ts";

/** What is heard of it. */
export interface GoProgramEvents {
  /** It is frozen and could not be stopped. */
  readonly onStuck: () => void;
  /** It tells something, as JSON. */
  readonly onEvent: (kind: EventKind, json: string) => void;
}

/** Go's garbage collector: twice the default heap costs 10 MB and a fifth less CPU. */
const GO_ENV: Readonly<Record<string, string>> = { GOGC: "200" };

/** Starts it in a Worker. */
export function openGoProgram(
  { beatMs, caCerts = [], controlUrl, delay, env, maxMissed, module, openWorker }:
    EmbeddedNodeOptions,
  events: GoProgramEvents,
): Link {
  return new Link({
    openWorker,
    delay,
    beatMs,
    maxMissed,
    init: { module, env: { ...GO_ENV, ...env }, caCerts, controlUrl },
    ...events,
  });
}

/**
 * Has it make the node, once it takes calls; the node does not join yet.
 *
 * @throws {Error} What the Go program reports, or that the link is over.
 */
export async function createNode(
  link: Link,
  { controlUrl, hasFaults, hostname, identity, onLog }: EmbeddedNodeOptions,
  authKey: string | undefined,
): Promise<void> {
  await link.ready;
  const config = {
    hostname,
    authKey,
    controlUrl,
    state: identity.load(),
    verbose: onLog !== undefined,
    faults: hasFaults,
  };
  await link.call("create", 0, JSON.stringify(config));
}
