/**
 * How tailscaled is set, and the settings that we may change. The keys that it keeps beside them
 * are never read.
 *
 * @module
 */

import { readBoolean, readText, readTexts } from "../../json/field.ts";
import { isJsonObject, parseJson } from "../../json/json.ts";

/** The settings that tell something about the host's part in the tailnet. */
export interface Prefs {
  /** Whether tailscaled is to be up. */
  readonly wantRunning: boolean | undefined;
  /** Whether it was told to log out. */
  readonly isLoggedOut: boolean | undefined;
  /** Address of the coordination server. */
  readonly controlUrl: string | undefined;
  /** Host name that was asked for. */
  readonly hostname: string | undefined;
  /** Stable id of the exit node that was chosen. */
  readonly exitNodeId: string | undefined;
  /** Whether routes of other nodes are used. */
  readonly acceptsRoutes: boolean | undefined;
  /** Whether the tailnet's DNS is used. */
  readonly acceptsDns: boolean | undefined;
  /** Whether Tailscale SSH is on. */
  readonly runsSsh: boolean | undefined;
  /** Whether the web client is on, which serves the metrics page on port 5252. */
  readonly runsWebClient: boolean | undefined;
  /** Whether incoming connections are refused. */
  readonly shieldsUp: boolean | undefined;
  /** Tags that were asked for. */
  readonly tags: readonly string[];
  /** CIDRs offered. */
  readonly advertisedRoutes: readonly string[];
  /** Login name of the user who may change settings without being root. */
  readonly operator: string | undefined;
  /** UDP port of the peer relay that this host is; undefined if it is none. */
  readonly relayServerPort: number | undefined;
}

/** Settings to change; the others stay. */
export interface PrefsEdit {
  /** `tailscale up` and `down`. */
  readonly wantRunning?: boolean;
  /** `tailscale set --webclient`. */
  readonly runsWebClient?: boolean;
}

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
  const { RelayServerPort: port } = answer;
  return {
    wantRunning: answer.WantRunning,
    isLoggedOut: readBoolean(answer.LoggedOut),
    controlUrl: readText(answer.ControlURL),
    hostname: readText(answer.Hostname),
    exitNodeId: readText(answer.ExitNodeID),
    acceptsRoutes: readBoolean(answer.RouteAll),
    acceptsDns: readBoolean(answer.CorpDNS),
    runsSsh: readBoolean(answer.RunSSH),
    runsWebClient: readBoolean(answer.RunWebClient),
    shieldsUp: readBoolean(answer.ShieldsUp),
    tags: readTexts(answer.AdvertiseTags, 256) ?? [],
    advertisedRoutes: readTexts(answer.AdvertiseRoutes, 4096) ?? [],
    operator: readText(answer.OperatorUser),
    relayServerPort: typeof port === "number" && Number.isSafeInteger(port) ? port : undefined,
  };
}

/**
 * The body of a request that changes these settings and no others.
 *
 * Shape: { wantRunning: false } → `{"WantRunning":false,"WantRunningSet":true}`
 * Source: `MaskedPrefs` in tailscale.com/ipn
 */
export function encodePrefs(edit: PrefsEdit): string {
  const { wantRunning, runsWebClient } = edit;
  return JSON.stringify({
    ...wantRunning !== undefined && { WantRunning: wantRunning, WantRunningSet: true },
    ...runsWebClient !== undefined && { RunWebClient: runsWebClient, RunWebClientSet: true },
  });
}
