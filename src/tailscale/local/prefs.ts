/**
 * The settings of tailscaled that we read or change. The keys that it keeps beside them are never
 * read.
 *
 * @module
 */

import { readText } from "../../json/field.ts";
import { isJsonObject, parseJson } from "../../json/json.ts";

/** Settings of a host. */
export interface Prefs {
  /** Whether tailscaled is to be up. */
  readonly wantRunning: boolean;
  /** Stable id of the exit node that was chosen. */
  readonly exitNodeId: string | undefined;
}

/** Settings to change. */
export type PrefsEdit = Pick<Prefs, "wantRunning">;

/**
 * The settings from their JSON text.
 *
 * Source: `Prefs` in tailscale.com/ipn
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {TypeError} If it holds no settings.
 */
export function decodePrefs(text: string): Prefs {
  const answer = parseJson(text);
  if (!isJsonObject(answer) || typeof answer.WantRunning !== "boolean") {
    throw new TypeError('wanted an object with "WantRunning"');
  }
  return { wantRunning: answer.WantRunning, exitNodeId: readText(answer.ExitNodeID) };
}

/**
 * The body of a request that changes these settings and no others: `tailscale up` and `down`.
 *
 * Shape: { wantRunning: false } → `{"WantRunning":false,"WantRunningSet":true}`
 * Source: `MaskedPrefs` in tailscale.com/ipn
 */
export function encodePrefs({ wantRunning }: PrefsEdit): string {
  return JSON.stringify({ WantRunning: wantRunning, WantRunningSet: true });
}
