/**
 * The identity of the embedded node between runs: its private keys and its login. Kept in origin
 * storage, or in memory where it was given. `backup.ts` has it as a line for people.
 *
 * @module
 */

import { isJsonObject } from "../json/json.ts";
import type { Store } from "../store.ts";

/** Values by name, each base64. Private keys: never shown. */
export type IdentityValues = Readonly<Record<string, string>>;

/** Where an identity is kept. */
export interface Identity {
  /** All values; empty for a node that never joined. */
  load(): IdentityValues;
  /** Keeps one value; null deletes it. */
  save(name: string, value: string | null): void;
  /** Deletes all values: the node is logged out. */
  clear(): void;
}

/** What tells the identities of one storage apart. */
export interface IdentityOptions {
  /** Host name in the tailnet: two instances with two names are two nodes. */
  readonly hostname: string;
  /** The control plane: a login is good for one only. */
  readonly controlUrl: string;
}

/** The control plane as it tells identities apart, and as the Go program takes it. */
export function controlKey(url: URL | undefined): string {
  return url?.href.replace(/\/$/, "") ?? "";
}

/** The key of an identity in a store. */
export function identityKey({ controlUrl, hostname }: IdentityOptions): string {
  return `tsnet ${hostname} ${controlUrl}`;
}

/** A node as messages name it, "tsmetrics at Tailscale". */
export function describeNode({ controlUrl, hostname }: IdentityOptions): string {
  return `${hostname} at ${controlUrl === "" ? "Tailscale" : controlUrl}`;
}

/** An identity kept as one text of a store. A text that cannot be read counts as none. */
export function storedIdentity(store: Store, options: IdentityOptions): Identity {
  const key = identityKey(options);
  let values: Record<string, string> = { ...readQuietly(store.get(key)) };
  return {
    load: () => ({ ...values }),
    save(name, value) {
      if (value === null) delete values[name];
      else values[name] = value;
      store.set(key, formatIdentity(values));
    },
    clear() {
      values = {};
      store.set(key, formatIdentity(values));
    },
  };
}

/** An identity as the text of a store. A secret: it is the private key of the node. */
export function formatIdentity(values: IdentityValues): string {
  return new TextEncoder().encode(JSON.stringify(values)).toBase64();
}

/**
 * Whether the values can join the tailnet again: Tailscale's code writes the machine's key at the
 * first start, and a profile, which has the node's key, with the login.
 *
 * Source: `ipn/store.go` and `ipn/ipnlocal/profiles.go` in tailscale.com
 */
export function hasLogin(values: IdentityValues): boolean {
  const isSet = ([name, value]: [string, string]) => name.startsWith("profile-") && value !== "";
  return (values._machinekey ?? "") !== "" && Object.entries(values).some(isSet);
}

/**
 * The private node key of a profile, which each login replaces; undefined if it has none.
 *
 * Source: `Prefs.Persist` and `Persist.PrivateNodeKey` in tailscale.com
 */
function nodeKeyOf(name: string, value: string): string | undefined {
  if (!name.startsWith("profile-")) return undefined;
  try {
    const prefs: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(value)));
    const persist = isJsonObject(prefs) ? prefs.Config : undefined;
    const key = isJsonObject(persist) ? persist.PrivateNodeKey : undefined;
    // A node that is logged out has a key of zeros.
    return typeof key === "string" && /[1-9a-f]/.test(key.replace(/^\w+:/, "")) ? key : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An identity that was given, kept in memory only: the next process is given the same one again.
 *
 * @param onRenewed Called for each login that makes another node key, which the given one lacks.
 */
export function givenIdentity(given: IdentityValues, onRenewed: () => void): Identity {
  const known = new Set(Object.entries(given).map(([name, value]) => nodeKeyOf(name, value)));
  let values: Record<string, string> = { ...given };
  return {
    load: () => ({ ...values }),
    save(name, value) {
      if (value === null) delete values[name];
      else values[name] = value;
      const key = value === null ? undefined : nodeKeyOf(name, value);
      if (key === undefined || known.has(key)) return;
      known.add(key);
      onRenewed();
    },
    clear: () => values = {},
  };
}

/** A node that has not joined yet keeps its values, too: an admin may be about to approve it. */
function readQuietly(text: string | undefined): IdentityValues {
  return (text === undefined ? undefined : parseValues(text)) ?? {};
}

function parseValues(text: string): IdentityValues | undefined {
  try {
    return readValues(JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(text))));
  } catch {
    return undefined;
  }
}

/** The values of an identity out of JSON; undefined if it is anything else. */
export function readValues(json: unknown): IdentityValues | undefined {
  return isValues(json) ? json : undefined;
}

function isValues(value: unknown): value is IdentityValues {
  return isJsonObject(value) && Object.values(value).every((each) => typeof each === "string");
}
