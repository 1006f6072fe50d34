/**
 * The directory of addresses: finds the node and the user of an address in the device lists of
 * control planes, by tailscaled, and for this host itself. It is brought up to date between lines.
 *
 * @module
 */

import { canonicalAddress } from "../cidr.ts";
import type { DeviceListing } from "../facts/tailnet_facts.ts";
import type { LocalApi } from "../tailscale/local/mod.ts";
import { AddressBook } from "./address_book.ts";
import { FleetAddresses, type WalkSlice } from "./fleet_addresses.ts";
import { Visitors } from "./visitors.ts";
import { WhoisLookup, type WhoisOutcome } from "./whois_lookup.ts";

/** What a {@linkcode Directory} asks. */
export interface DirectoryOptions {
  /** The last device list of each tailnet; undefined before the first. */
  readonly listings: readonly (() => DeviceListing | undefined)[];
  /** The tailscaled that is asked for addresses of no device list. Default: none is asked. */
  readonly local: Pick<LocalApi, "status" | "whois"> | undefined;
  /** For how long former owners of addresses are kept, in milliseconds. */
  readonly retentionMs: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** Is told of each call of tailscaled; of a failed one also why. */
  readonly onWhois: (outcome: WhoisOutcome, error?: unknown) => void;
}

/** Maximum age of the host's own addresses, in milliseconds. */
const SELF_MS = 5 * 60_000;

/** Interval at which former owners of addresses are dropped, in milliseconds. */
const PRUNE_MS = 3_600_000;

/** The host that lines are read on. */
interface Self {
  readonly addresses: readonly string[];
  /** The MagicDNS suffix of its tailnet. */
  readonly domain: string | undefined;
}

/** Tells visitors from addresses. */
export class Directory {
  /** Says who made a request. */
  readonly visitors: Visitors;
  readonly #options: DirectoryOptions;
  readonly #book = new AddressBook();
  readonly #fleets: readonly FleetAddresses[];
  #self: Self | undefined;
  #selfAskedMs = -Infinity;
  #prunedMs = 0;

  /** Asks nothing before the first refresh. */
  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#fleets = options.listings.map(() => new FleetAddresses(this.#book));
    const isListed = (address: string) => this.#fleets.some((fleet) => fleet.has(address));
    const lookup = this.#makeLookup(isListed);
    this.visitors = new Visitors({
      book: this.#book,
      isListed,
      prepare: lookup && ((address) => lookup.prepare(address)),
      isOwnAddress: (address) => this.#self?.addresses.includes(address) ?? false,
    });
  }

  /** Learns what the next lines need. Not to be called while a call is under way. */
  async refresh(slice: WalkSlice): Promise<void> {
    const { elapsed, listings, now, retentionMs } = this.#options;
    await this.#askSelf();
    for (const [at, fleet] of this.#fleets.entries()) await fleet.follow(listings[at]?.(), slice);
    if (elapsed() - this.#prunedMs < PRUNE_MS) return;
    this.#prunedMs = elapsed();
    await this.#book.prune(now() - retentionMs, slice);
  }

  #makeLookup(isListed: (address: string) => boolean): WhoisLookup | undefined {
    const { elapsed, local, now, onWhois } = this.#options;
    return local && new WhoisLookup({
      whois: (address) => local.whois(address),
      book: this.#book,
      isHeld: isListed,
      ownDomain: () => this.#self?.domain,
      now,
      elapsed,
      onOutcome: onWhois,
    });
  }

  /** Asks for this host's own addresses now and then; a failure leaves those known before. */
  async #askSelf(): Promise<void> {
    const { elapsed, local } = this.#options;
    if (local === undefined || elapsed() - this.#selfAskedMs < SELF_MS) return;
    this.#selfAskedMs = elapsed();
    try {
      const { addresses, self } = await local.status({ withPeers: false });
      const own = addresses.map(canonicalAddress).filter((one) => one !== undefined);
      // "web-1.tail1234.ts.net" → "tail1234.ts.net"
      this.#self = { addresses: own, domain: /^[^.]+\.(.+)$/.exec(self?.name ?? "")?.[1] };
    } catch {
      // The collectors of this host tell that tailscaled does not answer.
    }
  }
}
