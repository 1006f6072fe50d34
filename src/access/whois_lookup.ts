/**
 * Asks tailscaled who is behind an address, and notes the answer in the address book. Bounded in
 * calls and addresses, since anyone who can send lines can name addresses.
 *
 * @module
 */

import type { Whois } from "../tailscale/local/whois.ts";
import type { AddressBook, AddressOwner } from "./address_book.ts";

/** What came of a call, as a bounded label value. */
export type WhoisOutcome = "found" | "unknown" | "failed";

/** Every {@linkcode WhoisOutcome}. */
export const WHOIS_OUTCOMES: readonly WhoisOutcome[] = ["found", "unknown", "failed"];

/** Options for a {@linkcode WhoisLookup}. */
export interface WhoisLookupOptions {
  /** Asks tailscaled; undefined if it knows no node there. */
  readonly whois: (address: string) => Promise<Whois | undefined>;
  /** Takes the answers. */
  readonly book: AddressBook;
  /** The MagicDNS suffix of this tailnet; a node of another is shared. Default: not known. */
  readonly ownDomain?: () => string | undefined;
  /** Whether the book has an address from elsewhere, so that it is not forgotten. Default: none. */
  readonly isHeld?: (address: string) => boolean;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** Maximum number of addresses whose answer is kept. Default: 10,000. */
  readonly maxKept?: number;
  /** Hears of each call; of a failed one also why. */
  readonly onOutcome?: (outcome: WhoisOutcome, error?: unknown) => void;
}

/** Milliseconds for which an answer counts, and one that there is no such node. */
const FOUND_MS = 5 * 60_000, UNKNOWN_MS = 60_000;

/** Milliseconds for which tailscaled is left alone after a failure. */
const PAUSE_MS = 5_000;

/**
 * Maximum number of calls under way, of those that are accepted within a second, and of addresses
 * whose calls have not ended. A log that is sent at once names many users in its first lines.
 */
const MAX_AT_ONCE = 32, MAX_A_SECOND = 200, MAX_ASKING = 1_000;

/** Looks addresses up. */
export class WhoisLookup {
  readonly #options: WhoisLookupOptions;
  readonly #max: number;
  /** Until when an answer counts, by address, the oldest answer first. */
  readonly #freshUntil = new Map<string, number>();
  readonly #asking = new Map<string, Promise<void>>();
  /** Calls under way, and what starts the next ones. */
  #running = 0;
  readonly #queued: (() => void)[] = [];
  #pausedUntilMs = -Infinity;
  #second = -1;
  #started = 0;

  /** Has asked nothing yet. */
  constructor(options: WhoisLookupOptions) {
    this.#options = options;
    this.#max = options.maxKept ?? 10_000;
  }

  /**
   * Makes sure that the book knows an address.
   *
   * @returns undefined if there is nothing to wait for: the answer is recent, or tailscaled cannot
   * be asked now. Otherwise resolves, never rejects, when the call has ended.
   */
  prepare(address: string): Promise<void> | undefined {
    const nowMs = this.#options.elapsed();
    if (nowMs < (this.#freshUntil.get(address) ?? -Infinity)) return undefined;
    const asking = this.#asking.get(address);
    if (asking !== undefined) return asking;
    if (nowMs < this.#pausedUntilMs || this.#asking.size >= MAX_ASKING) return undefined;
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) [this.#second, this.#started] = [second, 0];
    if (this.#started++ >= MAX_A_SECOND) return undefined;
    const call = this.#ask(address).finally(() => this.#asking.delete(address));
    this.#asking.set(address, call);
    return call;
  }

  async #ask(address: string): Promise<void> {
    const { whois, book, now, elapsed, onOutcome } = this.#options;
    if (this.#running >= MAX_AT_ONCE) {
      await new Promise<void>((resolve) => this.#queued.push(resolve));
    } else this.#running++;
    try {
      // A call before this one has failed.
      if (elapsed() < this.#pausedUntilMs) return;
      const answer = await whois(address);
      const owner = answer && this.#ownerOf(answer, address);
      book.note(address, owner, now());
      this.#keep(address, elapsed() + (owner === undefined ? UNKNOWN_MS : FOUND_MS));
      onOutcome?.(owner === undefined ? "unknown" : "found");
    } catch (error) {
      this.#pausedUntilMs = elapsed() + PAUSE_MS;
      onOutcome?.("failed", error);
    } finally {
      // The next one takes over the place of this one.
      const next = this.#queued.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #keep(address: string, untilMs: number): void {
    this.#freshUntil.delete(address);
    this.#freshUntil.set(address, untilMs);
    if (this.#freshUntil.size <= this.#max) return;
    const [oldest] = this.#freshUntil.keys();
    if (oldest === undefined) return;
    this.#freshUntil.delete(oldest);
    if (this.#options.isHeld?.(oldest) !== true) this.#options.book.forget(oldest);
  }

  #ownerOf(answer: Whois, address: string): AddressOwner {
    const isTagged = answer.tags.length > 0;
    const own = this.#options.ownDomain?.();
    const domain = /^[^.]+\.(.+)$/.exec(answer.name ?? "")?.[1];
    const isShared = own !== undefined && domain !== undefined && domain !== own;
    return {
      id: answer.id ?? answer.nodeId ?? answer.name ?? address,
      visitor: {
        userClass: isShared ? "shared" : isTagged ? "tagged" : "own",
        user: isTagged ? undefined : answer.user?.loginName,
        device: answer.name ?? answer.hostname,
      },
      createdMs: answer.createdSeconds === undefined ? undefined : answer.createdSeconds * 1000,
    };
  }
}
