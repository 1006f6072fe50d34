/**
 * Hides who made a request before it is counted, so that what is hidden is never kept.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { Secret } from "../secret/secret.ts";
import type { AccessRecord } from "./record.ts";
import type { Visitor } from "./visitor.ts";

/** What can be hidden. */
export type Redacted =
  /** Users and names of devices, which often hold the user's: by a keyed hash. */
  | "user"
  /** Addresses: by a keyed hash. */
  | "ip"
  /** Queries: left out. */
  | "query";

/** Every {@linkcode Redacted}. */
export const REDACTIONS: readonly Redacted[] = ["user", "ip", "query"];

/** Maximum number of hashes that are kept; they are made again then. */
const MAX_KEPT = 20_000;

/** Hides parts of records. */
export class Redaction {
  readonly #parts: ReadonlySet<Redacted>;
  readonly #key: Secret;
  readonly #hashes = new Map<string, string>();
  readonly #visitors = new WeakMap<Visitor, Visitor>();

  /**
   * Hides these parts.
   *
   * @param key Key of the hashes: without it, trying names does not tell what a hash stands for.
   */
  constructor(parts: readonly Redacted[], key: Secret) {
    this.#parts = new Set(parts);
    this.#key = key;
  }

  /** The record without what is to be hidden. */
  apply(record: AccessRecord): AccessRecord {
    if (this.#parts.size === 0) return record;
    const { address, query, visitor } = record;
    return {
      ...record,
      visitor: this.visitor(visitor),
      address: this.#parts.has("ip") ? this.#hash("ip", address) : address,
      query: this.#parts.has("query") ? undefined : query,
    };
  }

  /** The visitor as records have it: under other names where users are hidden. */
  visitor(visitor: Visitor): Visitor {
    if (!this.#parts.has("user")) return visitor;
    if (visitor.user === undefined && visitor.device === undefined) return visitor;
    const known = this.#visitors.get(visitor);
    if (known !== undefined) return known;
    const hidden: Visitor = {
      userClass: visitor.userClass,
      user: visitor.user && this.#hash("user", visitor.user),
      device: visitor.device && this.#hash("device", visitor.device),
    };
    this.#visitors.set(visitor, hidden);
    return hidden;
  }

  /** "user-0123456789abcdef": the same for the same value and key. */
  #hash(kind: string, value: string): string {
    const name = `${kind} ${value}`;
    const known = this.#hashes.get(name);
    if (known !== undefined) return known;
    const digest = createHmac("sha256", this.#key.reveal()).update(name).digest("hex").slice(0, 16);
    const hash = `${kind}-${digest}`;
    if (this.#hashes.size >= MAX_KEPT) this.#hashes.clear();
    this.#hashes.set(name, hash);
    return hash;
  }
}
