/**
 * The identity of an embedded node as one line of text: a backup, or the state of a host without
 * storage. It says whose identity it is, so that it is not used in place of another one.
 *
 * @module
 */

import { isJsonObject } from "../json/json.ts";
import {
  describeNode,
  hasLogin,
  type IdentityOptions,
  type IdentityValues,
  readValues,
} from "./identity.ts";

/** What a line has. */
export interface Backup {
  /** The keys and the login. */
  readonly values: IdentityValues;
  /** The node that they are of; undefined in lines that do not say it. */
  readonly node: IdentityOptions | undefined;
}

/** An identity as one line of text. A secret: it is the private key of the node. */
export function formatBackup(values: IdentityValues, node: IdentityOptions): string {
  const line = { hostname: node.hostname, control_url: node.controlUrl, identity: values };
  return new TextEncoder().encode(JSON.stringify(line)).toBase64();
}

/**
 * Reads the identity of a node that has joined, as {@linkcode formatBackup} wrote it, or as values
 * alone, without the node.
 *
 * @returns undefined if the text is anything else, values of a node that never logged in included.
 */
export function parseBackup(text: string): Backup | undefined {
  const line = decode(text);
  if (!isJsonObject(line)) return undefined;
  const { control_url: controlUrl, hostname, identity } = line;
  // The values alone are all texts.
  if (!isJsonObject(identity)) return backupOf(line, undefined);
  if (typeof hostname !== "string" || typeof controlUrl !== "string") return undefined;
  return backupOf(identity, { hostname, controlUrl });
}

function backupOf(identity: unknown, node: Backup["node"]): Backup | undefined {
  const values = readValues(identity);
  return values !== undefined && hasLogin(values) ? { values, node } : undefined;
}

function decode(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(text)));
  } catch {
    return undefined;
  }
}

/** How the node of a line differs from that of the settings. */
export interface Mismatch {
  /** The node of the line, such as "own at https://hs.example". */
  readonly title: string;
  /** Whether the control planes differ: a login is good for one only. */
  readonly isOfAnotherPlane: boolean;
  /** What to change in the settings to use the line. */
  readonly advice: string;
}

/** Compares a line with the settings; undefined if they agree, or the line does not say. */
export function mismatchOf(line: Backup["node"], wanted: IdentityOptions): Mismatch | undefined {
  if (line === undefined) return undefined;
  const isOfAnotherPlane = planeOf(line.controlUrl) !== planeOf(wanted.controlUrl);
  const changes = [
    ...line.hostname === wanted.hostname ? [] : [`set TSNET_HOSTNAME=${line.hostname}`],
    ...isOfAnotherPlane ? [adviceOnPlane(line.controlUrl)] : [],
  ];
  if (changes.length === 0) return undefined;
  return { title: describeNode(line), isOfAnotherPlane, advice: changes.join(" and ") };
}

function adviceOnPlane(controlUrl: string): string {
  return controlUrl === ""
    ? "unset TSNET_CONTROL_URL and HEADSCALE_URL"
    : `set TSNET_CONTROL_URL=${controlUrl}`;
}

/**
 * A control plane by one address.
 *
 * Source: `IsLoginServerSynonym()` in `ipn/prefs.go` of tailscale.com
 */
function planeOf(controlUrl: string): string {
  return /^https:\/\/(?:controlplane|login)\.tailscale\.com$/.test(controlUrl) ? "" : controlUrl;
}
