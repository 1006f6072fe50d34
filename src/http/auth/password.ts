/**
 * Whether a request carries name and password of `BASIC_AUTH_USERS`. A bcrypt hash takes much CPU,
 * so verified logins are remembered, guesses are limited by address, and one is verified at a time.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../secret/secret.ts";
import { type Login, readLogin } from "./_login.ts";
import { RateLimiter } from "../rate_limiter.ts";

/** A user who may log in. */
export interface User {
  /** The name. */
  readonly name: string;
  /** The bcrypt hash of the password. */
  readonly hash: Secret;
}

/** Compares a password with a bcrypt hash. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** What {@linkcode PasswordCheck} is told. */
export interface PasswordCheckOptions {
  /** Compares with bcrypt. Default: `bcryptjs`, loaded with the first login. */
  readonly compare?: Compare | undefined;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Key of the digests of remembered logins. Default: 32 random bytes. */
  readonly key?: Uint8Array;
}

/** What a header is worth. */
export type Verdict =
  | "right"
  | "wrong"
  /** Not looked at: the time in milliseconds after which the client may try again. */
  | { readonly waitMs: number };

/** Logins that an address may have verified at once, and then one every 10 s. */
const GUESSES = { rps: 0.1, burst: 10 };
/** Logins that wait to be verified. One address fills ten places at most. */
const MAX_WAITING = 16;
/** How long to wait when all of these are taken. */
const BUSY_MS = 1_000;
/** Refused logins that are remembered: a client with an old password asks at each scrape. */
const MAX_REFUSED = 1_000;

/** Verifies logins against the users. */
export class PasswordCheck {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #decoy: string;
  readonly #compare: Compare;
  readonly #key: Uint8Array;
  readonly #guesses: RateLimiter;
  // The digest of each user's last verified login.
  readonly #verified = new Map<string, Uint8Array>();
  // Digests as hexadecimal digits; the oldest first.
  readonly #refused = new Set<string>();
  readonly #running = new Map<string, Promise<Verdict>>();
  #queue: Promise<unknown> = Promise.resolve();

  /** No login is known yet. */
  constructor(users: readonly User[], options: PasswordCheckOptions = {}) {
    const { compare = compareByPackage, now, key = randomBytes(32) } = options;
    this.#hashes = new Map(users.map(({ name, hash }) => [name, hash.reveal()]));
    this.#decoy = costliest([...this.#hashes.values()]);
    this.#compare = compare;
    this.#key = key;
    this.#guesses = new RateLimiter({ ...GUESSES, ...(now !== undefined && { now }) });
  }

  /**
   * Judges a header, at once if its login was verified or refused before.
   *
   * An unknown name takes as long as a wrong password, so that names cannot be found out.
   *
   * @param hostname The address that asks: guesses are limited by it.
   * @throws {Error} If bcrypt cannot be loaded; as a rejection.
   */
  check(authorization: string | null, hostname: string): Verdict | Promise<Verdict> {
    const login = readLogin(authorization);
    if (login === undefined) return "wrong";
    const digest = this.#digest(login);
    const verified = this.#verified.get(login.name);
    if (verified !== undefined && timingSafeEqual(digest, verified)) return "right";
    const id = digest.toHex();
    if (this.#refused.has(id)) return "wrong";
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    if (this.#running.size >= MAX_WAITING) return { waitMs: BUSY_MS };
    const waitMs = this.#guesses.take(hostname);
    if (waitMs > 0) return { waitMs };
    const verdict = this.#queue.then(() => this.#verify(login, digest, id))
      .finally(() => this.#running.delete(id));
    this.#queue = verdict.catch(() => {});
    this.#running.set(id, verdict);
    return verdict;
  }

  async #verify(login: Login, digest: Uint8Array, id: string): Promise<Verdict> {
    const hash = this.#hashes.get(login.name);
    const isEqual = await this.#compare(login.password, hash ?? this.#decoy);
    if (isEqual && hash !== undefined) {
      this.#verified.set(login.name, digest);
      return "right";
    }
    this.#refused.add(id);
    const [oldest] = this.#refused;
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
    return "wrong";
  }

  /** Keyed, so that memory holds nothing that passwords could be guessed by without the key. */
  #digest({ name, password }: Login): Uint8Array {
    return createHmac("sha256", this.#key).update(`${name}:${password}`).digest();
  }
}

async function compareByPackage(password: string, hash: string): Promise<boolean> {
  const { compareBcrypt } = await import("./_bcrypt.ts");
  return await compareBcrypt(password, hash);
}

/** The hash with the highest cost: "$2y$12$…". */
function costliest(hashes: readonly string[]): string {
  return hashes.toSorted((a, b) => b.slice(4, 6).localeCompare(a.slice(4, 6)))[0] ?? "";
}
