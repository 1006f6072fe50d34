/**
 * What came of a ping through tailscaled. A ping without an answer is a result, not an error.
 *
 * @module
 */

import { readText } from "../../json/field.ts";
import { isJsonObject, parseJson } from "../../json/json.ts";

/** The kind of packet. */
export type PingType =
  /** Between the two magicsocks, outside of the tunnel: tells the path. */
  | "disco"
  /** Inside of the tunnel, answered by the peer's tailscaled: tells that the tunnel works. */
  | "TSMP"
  /** Inside of the tunnel, answered by the peer's system. */
  | "ICMP";

/** The peer answered. */
export interface PingAnswer {
  /** Tells the results apart. */
  readonly outcome: "answered";
  /** Round-trip time in seconds. */
  readonly latencySeconds: number;
  /** Address and port of the peer, if the answer came straight; only disco pings tell the path. */
  readonly endpoint?: string;
  /** Address, port and number of the peer relay that it came over. */
  readonly peerRelay?: string;
  /** Number of the DERP region that it came over. */
  readonly derpRegionId?: number;
  /** Code of that region. */
  readonly derpRegionCode?: string;
}

/** tailscaled sent nothing: no such peer, or it is this host itself. */
export interface PingRefusal {
  /** Tells the results apart. */
  readonly outcome: "refused";
  /** In tailscaled's words. */
  readonly reason: string;
}

/** No answer within the ping's own time. */
export interface PingLoss {
  /** Tells the results apart. */
  readonly outcome: "lost";
}

/** What came of a ping. */
export type PingResult = PingAnswer | PingRefusal | PingLoss;

/**
 * The result that tailscaled sent.
 *
 * Source: `PingResult` in tailscale.com/ipn/ipnstate
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {TypeError} If it is no result of a ping.
 */
export function decodePing(text: string): PingAnswer | PingRefusal {
  const answer = parseJson(text);
  if (!isJsonObject(answer)) throw new TypeError("wanted an object");
  const reason = readText(answer.Err);
  if (reason !== undefined) return { outcome: "refused", reason };
  const { LatencySeconds: latencySeconds } = answer;
  if (typeof latencySeconds !== "number" || !(latencySeconds >= 0 && latencySeconds < Infinity)) {
    throw new TypeError('wanted seconds in "LatencySeconds"');
  }
  const endpoint = readText(answer.Endpoint);
  const peerRelay = readText(answer.PeerRelay);
  const derpRegionCode = readText(answer.DERPRegionCode);
  const { DERPRegionID: region } = answer;
  return {
    outcome: "answered",
    latencySeconds,
    ...endpoint !== undefined && { endpoint },
    ...peerRelay !== undefined && { peerRelay },
    ...typeof region === "number" && Number.isSafeInteger(region) && region > 0 &&
      { derpRegionId: region },
    ...derpRegionCode !== undefined && { derpRegionCode },
  };
}
