/**
 * Notes the states of our own node of the tailnet as events, each as it happens: it may be in
 * several between two cycles.
 *
 * @module
 */

import { ownNodeChanges, type OwnNodeFacts } from "../facts/mod.ts";
import type { EventDraft } from "./event.ts";
import { eventOfOwnNode } from "./event_of.ts";

/** The part of our own node that is observed. */
export interface ObservedNode {
  /** What is known of it. */
  readonly status: Pick<OwnNodeFacts, "state">;
  /** What it is doing, from a fixed set of sentences. */
  readonly summary: string;
  /** Calls back after each change. */
  subscribe(listener: () => void): void;
}

/** What an {@linkcode OwnNodeLog} is made of. */
export interface OwnNodeLogOptions {
  /** The node. */
  readonly node: ObservedNode;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Takes events. */
  readonly note: (draft: EventDraft) => void;
}

/** Observes our own node. */
export class OwnNodeLog {
  readonly #options: OwnNodeLogOptions;
  /** Events from before the past was read; undefined afterwards. */
  #early: EventDraft[] | undefined = [];
  #last: OwnNodeFacts | undefined;

  /**
   * Observes from now on, beginning with the state that the node is in; events wait for
   * {@linkcode OwnNodeLog.release}.
   */
  constructor(options: OwnNodeLogOptions) {
    this.#options = options;
    options.node.subscribe(() => this.#look());
    // A node of a kept identity may have joined while the parts were loaded.
    this.#look();
  }

  /** Hands on what happened, and all that happens from now on: the past has been read. */
  release(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const draft of early) this.#options.note(draft);
  }

  #look(): void {
    const { node: { status: { state }, summary }, note, now } = this.#options;
    const facts = { state, summary, atMs: now() };
    const drafts = ownNodeChanges(this.#last, facts).map(eventOfOwnNode);
    this.#last = facts;
    for (const draft of drafts) {
      if (this.#early === undefined) note(draft);
      else this.#early.push(draft);
    }
  }
}
