/**
 * How often one address may ask: a token bucket for each, kept in bounded memory. It does not know
 * what is asked; `handler.ts` asks it before it looks at any credential.
 *
 * @module
 */

import { isInTailscaleRange } from "../range.ts";
import { monotonicMs } from "../time/clock.ts";

/** Options for {@linkcode RateLimiter}. */
export interface RateLimiterOptions {
  /** Requests a second that an address may make in the long run; above 0. */
  readonly rps: number;
  /** Requests that may come at once; at least 1. */
  readonly burst: number;
  /** Maximum number of addresses kept. Default: 10,000. */
  readonly maxAddresses?: number;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/**
 * Token buckets by remote address, as {@linkcode addressKey} has it.
 *
 * The address that has been quiet longest is forgotten when a new one finds no room: it then has a
 * full bucket again, which it most likely had anyway. Every call is O(1).
 */
export class RateLimiter {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #maxAddresses: number;
  readonly #now: () => number;
  // When each address's bucket will be full again; the least recently used address comes first.
  readonly #fullAtMs = new Map<string, number>();

  /**
   * A limiter without requests.
   *
   * @throws {RangeError} If `rps` is not above 0, or `burst` or `maxAddresses` is below 1.
   */
  constructor(options: RateLimiterOptions) {
    const { rps, burst, maxAddresses = 10_000, now = monotonicMs } = options;
    if (!(rps > 0) || !(burst >= 1) || !(maxAddresses >= 1)) {
      throw new RangeError(
        `Cannot limit requests: wanted rps above 0, burst and addresses of at least 1, got ${rps}, ${burst}, ${maxAddresses}`,
      );
    }
    this.#intervalMs = 1000 / rps;
    this.#toleranceMs = (burst - 1) * this.#intervalMs;
    this.#maxAddresses = maxAddresses;
    this.#now = now;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#fullAtMs.size;
  }

  /**
   * Takes one request of the address.
   *
   * Units: milliseconds.
   *
   * @returns 0 if it may pass, else how long until the next one may.
   */
  take(hostname: string): number {
    const key = addressKey(hostname);
    const nowMs = this.#now();
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(key) ?? nowMs);
    // A thousandth is what the sums may be off by: the burst's last request must not pay for it.
    const waitMs = Math.ceil(fullAtMs - nowMs - this.#toleranceMs - 0.001);
    this.#remember(key, waitMs > 0 ? fullAtMs : fullAtMs + this.#intervalMs);
    return Math.max(0, waitMs);
  }

  #remember(key: string, fullAtMs: number): void {
    this.#fullAtMs.delete(key);
    if (this.#fullAtMs.size >= this.#maxAddresses) {
      const oldest = this.#fullAtMs.keys().next().value;
      if (oldest !== undefined) this.#fullAtMs.delete(oldest);
    }
    this.#fullAtMs.set(key, fullAtMs);
  }
}

/**
 * What counts as one address: IPv4 as it is, also where it is written as IPv6, and the first 64
 * bits of any other IPv6, because the owner of one such address has them all. Tailscale's range is
 * the exception: all nodes of a tailnet share one /64 of it, so their addresses count in full.
 *
 * Shape: "2001:db8:0:1::5" → "2001:db8:0:1", "::ffff:192.0.2.1" → "192.0.2.1"
 */
export function addressKey(hostname: string): string {
  if (!hostname.includes(":")) return hostname;
  const address = hostname.replace(/%.*$/, "").toLowerCase();
  const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const count = isInTailscaleRange(address) ? 8 : 4;
  return [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, count)
    .map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}
