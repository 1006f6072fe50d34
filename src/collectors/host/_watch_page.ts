/**
 * What the watchdog knows, as samples.
 *
 * @module
 */

import { type Block, renderLabels } from "../../exposition/mod.ts";
import {
  HEALING_KINDS,
  type PeerRelay,
  type Watchdog,
  WATCHDOG_DEFINITIONS,
  WATCHDOG_METRICS,
} from "../../paths/mod.ts";
import type { SampleWriter } from "../_shape.ts";

/** Where each family stands among {@linkcode WATCHDOG_METRICS}. */
const M = {
  restarts: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.restarts),
  detections: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.detections),
  recoveries: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.recoveries),
  peerState: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.peerState),
  peerRelayDuration: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.peerRelayDuration),
  lastRun: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.lastRun),
  actions: WATCHDOG_METRICS.indexOf(WATCHDOG_DEFINITIONS.actions),
} as const;

/**
 * All that the watchdog knows as a block.
 *
 * Shape: Watchdog with n peers → 12 + 2n samples; without them where their paths are not known
 *
 * @param writer Over a table that begins with {@linkcode WATCHDOG_METRICS}.
 * @param peers Those of which it is known now whether they are on a relay.
 */
export function renderWatchdog(
  writer: SampleWriter,
  watchdog: Watchdog,
  peers: readonly PeerRelay[],
): Block {
  const { detections, recoveries, done, failed } = watchdog.counters;
  const labels = peers.map(({ peerId, peerName }) =>
    renderLabels([["peer_id", peerId], ["peer_name", peerName]])
  );
  writer.begin("");
  writer.sample(M.restarts, done.restart);
  writer.sample(M.detections, detections);
  writer.sample(M.recoveries, recoveries);
  for (const [index, { isOnRelay }] of peers.entries()) {
    writer.sample(M.peerState, isOnRelay ? 1 : 0, labels[index]);
  }
  for (const [index, { relaySeconds }] of peers.entries()) {
    writer.sample(M.peerRelayDuration, relaySeconds, labels[index]);
  }
  const { lastRunSeconds } = watchdog;
  if (lastRunSeconds !== undefined) writer.sample(M.lastRun, lastRunSeconds);
  for (const kind of HEALING_KINDS) {
    writer.sample(M.actions, done[kind], `action="${kind}",outcome="done"`);
    writer.sample(M.actions, failed[kind], `action="${kind}",outcome="failed"`);
  }
  return writer.finish();
}
