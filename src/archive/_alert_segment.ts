/**
 * The state of alerts as a segment. The decoder is total: an alert or a silence that it cannot use
 * is left out.
 *
 * @module
 */

import {
  ALERT_RULES,
  type AlertsState,
  type AlertState,
  type BookEntry,
  type EndedSilence,
  type Silence,
  type Told,
} from "../alerts/mod.ts";
import { isMs, isOptionalMs } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { isText, readNode, readSeverity } from "./_event_segment.ts";
import { pack, unpack } from "./pack.ts";

/** The state of alerts and when it was saved. */
export interface SavedAlerts {
  /** The state. */
  readonly state: AlertsState;
  /** When it was saved, in milliseconds since 1970. */
  readonly savedMs: number;
}

/** The state of alerts as bytes. */
export function encodeAlerts(
  { savedMs, state }: SavedAlerts,
  slices?: TimeSliceOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return pack({ kind: "alerts", head: { savedMs, ...state } }, slices);
}

/** The state in a segment; undefined if it is none. */
export async function decodeAlerts(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<SavedAlerts | undefined> {
  const { ended, entries, savedMs, silences, told } = (await unpack(bytes, "alerts"))?.head ?? {};
  if (!Array.isArray(entries) || !Array.isArray(silences) || !isMs(savedMs)) return undefined;
  return {
    savedMs,
    state: {
      entries: entries.map(readEntry).filter((entry) => entry !== undefined),
      silences: silences.map(readSilence).filter((silence) => silence !== undefined),
      ended: Array.isArray(ended) ? ended.map(readEnded).filter((each) => each !== undefined) : [],
      told: Array.isArray(told) ? told.map(readTold).filter((each) => each !== undefined) : [],
    },
  };
}

const STATES: readonly AlertState[] = ["pending", "firing", "resolved"];

function readEntry(value: unknown): BookEntry | undefined {
  if (!isJsonObject(value)) return undefined;
  const { clearSinceMs, firedMs, id, labels, resolvedMs, scope, sinceMs, summary } = value;
  const rule = ALERT_RULES.find((known) => known === value.rule);
  const state = STATES.find((known) => known === value.state);
  const severity = readSeverity(value.severity);
  const node = readNode(value.node);
  if (rule === undefined || state === undefined || node === null) return undefined;
  if (severity === undefined || severity === "ok") return undefined;
  if (!isText(id) || !isText(scope) || !isText(summary) || !isLabels(labels)) return undefined;
  const isTimed = isMs(sinceMs) && isOptionalMs(firedMs) && isOptionalMs(resolvedMs) &&
    isOptionalMs(clearSinceMs);
  if (!isTimed || (state !== "pending") !== (firedMs !== undefined)) return undefined;
  return {
    id,
    scope,
    rule,
    severity,
    state,
    node,
    labels,
    summary,
    sinceMs,
    firedMs,
    resolvedMs,
    clearSinceMs,
  };
}

function readSilence(value: unknown): Silence | undefined {
  if (!isJsonObject(value)) return undefined;
  const { comment, createdMs, id, node, untilMs } = value;
  const rule = ALERT_RULES.find((known) => known === value.rule);
  if (value.rule !== undefined && rule === undefined) return undefined;
  if (!isText(id) || !isMs(createdMs) || !isMs(untilMs)) return undefined;
  if (node !== undefined && !isText(node) || !isText(comment)) return undefined;
  return { id, rule, node, untilMs, comment, createdMs };
}

function readEnded(value: unknown): EndedSilence | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, untilMs } = value;
  return isText(id) && isMs(untilMs) ? { id, untilMs } : undefined;
}

function readTold(value: unknown): Told | undefined {
  if (!isJsonObject(value)) return undefined;
  const { firedMs, id, state, toldMs } = value;
  if (!isText(id) || !isMs(firedMs) || !isMs(toldMs)) return undefined;
  return state === "firing" || state === "resolved" ? { id, firedMs, state, toldMs } : undefined;
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every(isText);
}
