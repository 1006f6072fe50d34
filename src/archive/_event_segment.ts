/**
 * Events as a segment. The decoder is total: an event that it cannot use is left out.
 *
 * @module
 */

import {
  EVENT_TYPES,
  type EventNode,
  type NodeEvent,
  SEVERITIES,
  type Severity,
} from "../history/mod.ts";
import { isMs } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { pack, unpack } from "./pack.ts";

/** Longest text of an event that is read, in UTF-16 units. */
const MAX_TEXT = 2_000;

/** Events as bytes. */
export function encodeEvents(
  events: readonly NodeEvent[],
  slices?: TimeSliceOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return pack({ kind: "events", head: { events } }, slices);
}

/** The events in a segment; undefined if it is none. */
export async function decodeEvents(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<readonly NodeEvent[] | undefined> {
  const { events } = (await unpack(bytes, "events"))?.head ?? {};
  if (!Array.isArray(events)) return undefined;
  return events.map(readEvent).filter((event) => event !== undefined);
}

function readEvent(value: unknown): NodeEvent | undefined {
  if (!isJsonObject(value)) return undefined;
  const { atMs, id, message } = value;
  // A newer version may know more types.
  const type = EVENT_TYPES.find((known) => known === value.type);
  const severity = readSeverity(value.severity);
  const node = readNode(value.node);
  if (!Number.isSafeInteger(id) || !isMs(atMs) || !isText(message)) return undefined;
  if (type === undefined || severity === undefined || node === null) return undefined;
  return { id: Number(id), atMs, type, severity, node, message };
}

/** A severity; undefined if the value is none. */
export function readSeverity(value: unknown): Severity | undefined {
  return SEVERITIES.find((known) => known === value);
}

/** A node, or undefined for none; null if the value is neither. */
export function readNode(value: unknown): EventNode | undefined | null {
  if (value === undefined) return undefined;
  if (!isJsonObject(value) || !isText(value.key) || !isText(value.name)) return null;
  return { key: value.key, name: value.name };
}

/** Whether a value is a text of a bearable length. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT;
}
