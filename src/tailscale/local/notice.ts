/**
 * What tailscaled tells those who watch its bus: state and health. Everything else on the bus is
 * left unread.
 *
 * @module
 */

import { readBoolean, readText } from "../../json/field.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../json/json.ts";
import { readTime } from "./peer.ts";
import { BACKEND_STATES, type BackendState } from "./status.ts";

/** How bad a warning is. */
export type HealthSeverity = "high" | "medium" | "low" | "unknown";

/** Something that tailscaled finds wrong with itself. */
export interface HealthWarning {
  /** Which of some forty warnings, "no-derp-connection". */
  readonly code: string;
  /** How bad it is. */
  readonly severity: HealthSeverity;
  /** A few words. */
  readonly title: string | undefined;
  /** What is wrong, in sentences. */
  readonly text: string | undefined;
  /** Unix seconds since when. */
  readonly brokenSinceSeconds: number | undefined;
  /** Whether the tailnet may be out of reach by it. */
  readonly impactsConnectivity: boolean;
}

/** One message of the bus; what it does not tell is undefined and as it was. */
export interface Notice {
  /** Version of tailscaled. */
  readonly version: string | undefined;
  /** What tailscaled is doing from now on. */
  readonly backendState: BackendState | undefined;
  /** All warnings from now on; an empty list is good health. */
  readonly warnings: readonly HealthWarning[] | undefined;
  /** Something for the user's eyes, mostly that a command failed. */
  readonly errorMessage: string | undefined;
}

/** The most warnings of one notice; tailscaled knows about forty. */
const MAX_WARNINGS = 256;

/**
 * A notice from a line of the bus.
 *
 * Source: `Notify` in tailscale.com/ipn, `State` in tailscale.com/health
 *
 * @throws {SyntaxError} If the line is not JSON.
 * @throws {TypeError} If it is no object.
 */
export function decodeNotice(line: string): Notice {
  const notice = parseJson(line);
  if (!isJsonObject(notice)) throw new TypeError("wanted an object");
  const { State: state, Health: health } = notice;
  return {
    version: readText(notice.Version),
    backendState: typeof state === "number" ? BACKEND_STATES[state] : undefined,
    warnings: isJsonObject(health) ? readWarnings(health.Warnings) : undefined,
    errorMessage: readText(notice.ErrMessage),
  };
}

/** The warnings in the order of their codes. */
function readWarnings(value: unknown): readonly HealthWarning[] {
  if (!isJsonObject(value)) return [];
  const warnings: HealthWarning[] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (warnings.length === MAX_WARNINGS) break;
    const warning = isJsonObject(entry) ? readWarning(key, entry) : undefined;
    if (warning !== undefined) warnings.push(warning);
  }
  return warnings.sort((a, b) => a.code < b.code ? -1 : 1);
}

function readWarning(key: string, entry: JsonObject): HealthWarning | undefined {
  const code = readText(entry.WarnableCode) ?? readText(key);
  if (code === undefined) return undefined;
  return {
    code,
    severity: readSeverity(entry.Severity),
    title: readText(entry.Title),
    text: readText(entry.Text),
    brokenSinceSeconds: readTime(entry.BrokenSince),
    impactsConnectivity: readBoolean(entry.ImpactsConnectivity) ?? false,
  };
}

function readSeverity(value: unknown): HealthSeverity {
  return value === "high" || value === "medium" || value === "low" ? value : "unknown";
}
