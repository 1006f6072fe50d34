/**
 * What is said of peers that have been on a relay for too long.
 *
 * @module
 */

import type { ActionLog } from "./_action_log.ts";
import type { ReportWriter } from "./_watchdog_report.ts";
import type { WatchList } from "./watch_list.ts";
import type { Watched } from "./_watched_peer.ts";
import {
  cooldownLine,
  limitLine,
  observedLine,
  resignedLine,
  waitingLine,
} from "./watchdog_line.ts";

/** A look, for what is said of it. */
export interface OverdueLook {
  /** The peers. */
  readonly list: WatchList;
  /** Milliseconds that count since the last look. */
  readonly ms: number;
  /** Time on a relay after which a peer is overdue, in milliseconds. */
  readonly thresholdMs: number;
  /** Where it is said. */
  readonly report: ReportWriter;
}

/** What says why a peer is not restarted for. */
export interface WhyNot {
  /** What was done to the host, and what may be. */
  readonly actions: ActionLog;
  /** Whether another reason was given for long, or none: this one is to be given once more. */
  readonly isNews: boolean;
  /** The peer for which tailscaled is restarted now, if it is. */
  readonly restarted: Watched | undefined;
}

/** Says of each overdue peer why tailscaled is not restarted for it now. */
export function tellWhyNot(look: OverdueLook, { actions, isNews, restarted }: WhyNot): void {
  const { list, ms, thresholdMs, report } = look;
  const { cooldownMs, harshest, isSpent, restarts } = actions;
  for (const peer of list.longestFirst((each) => list.isOverdue(each))) {
    const { name, relayMs } = peer;
    if (peer === restarted) continue;
    const isNew = isNews || peer.isNew === true || relayMs - ms <= thresholdMs;
    if (cooldownMs > 0) report.peer(cooldownLine(name, cooldownMs));
    else if (harshest === "reconnect") {
      // No restart is allowed ever, so that is said once.
      if (isNew) report.peer(limitLine(name, restarts));
    } else if (list.isResigned(peer)) {
      if (isNew) report.peer(resignedLine(name, relayMs));
    } else if (isSpent) report.peer(limitLine(name, restarts));
    else report.peer(waitingLine(name, relayMs, thresholdMs));
  }
}

/** Says of each overdue peer what would be done, were it not for the mode. */
export function tellOverdue({ list, ms, thresholdMs, report }: OverdueLook): void {
  for (const peer of list.longestFirst((each) => list.isOverdue(each))) {
    const { name, relayMs } = peer;
    const isNew = peer.isNew === true || relayMs - ms <= thresholdMs;
    report.peer(
      isNew ? observedLine(name, relayMs) : waitingLine(name, relayMs, thresholdMs),
    );
  }
}
