/**
 * What the JSON API is shown of the program: snapshots and counts. Types only; who makes them is
 * the assembly.
 *
 * @module
 */

import type { HostFacts, LeftOut, TailnetFacts } from "../facts/mod.ts";

/** The facts; each call returns at once and never throws. */
export interface KnownFacts {
  /** A snapshot of each tailnet. */
  tailnets(): readonly TailnetFacts[];
  /** A snapshot of this host; undefined if there is no way to its tailscaled. */
  host(): HostFacts | undefined;
  /** What is left out of a device's metrics, by the device's key. */
  leftOutOf(key: string): readonly LeftOut[];
}

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** All that the API shows. */
export interface Known extends KnownFacts {
  /** How the program is, as `/health` tells it. */
  health(): JsonObject;
  /** How the program is, as `/debug` tells it, without the devices. */
  debug(): JsonObject & {
    readonly config: JsonObject;
    readonly runtime: JsonObject & {
      readonly memory_bytes: number;
      readonly deno_version: string;
    };
    readonly metrics: JsonObject & { readonly samples: number; readonly scrape_errors: number };
    readonly api: JsonObject | null;
    readonly cardinality: JsonObject;
  };
  /** The time in milliseconds since 1970. */
  now(): number;
}
