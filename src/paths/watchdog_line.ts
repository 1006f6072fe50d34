/**
 * What the watchdog's log says, to the letter: tools read it by its first word. Peers are called by
 * their short host names, as in scripts that write the same lines; the log makes them harmless.
 *
 * @module
 */

import { shortName } from "../text/short_name.ts";

/** The first word of a line. */
export type WatchdogWord =
  /** A peer is on a relay. */
  | "DETECTED"
  /** It still is, and the threshold is not passed. */
  | "WAITING"
  /** It is passed, and tailscaled is restarted. */
  | "RESTART"
  /** It is passed, and the last restart was not long enough ago. */
  | "COOLDOWN"
  /** The peer is reached directly again. */
  | "RECOVERED"
  /** Something gentler than a restart is done. */
  | "HEAL"
  /** The threshold is passed, and there were as many restarts as there may be. */
  | "LIMIT"
  /** The threshold is passed, and a restart did not help this peer before. */
  | "RESIGNED"
  /** The threshold is passed, and nothing may be done in this mode. */
  | "OBSERVED"
  /** The peer is not on a relay any more, nor reached directly. */
  | "ENDED"
  /** Looks are further apart than the settings say. */
  | "INTERVAL"
  /** There is more to say than is said. */
  | "MORE";

/** One line of the watchdog's log. */
export interface WatchdogLine {
  /** Its first word. */
  readonly word: WatchdogWord;
  /** The whole line. */
  readonly text: string;
}

/** A peer is on a relay since the last look or longer. */
export function detectedLine(name: string): WatchdogLine {
  return line("DETECTED", `${shortName(name)} transitioned to relay`);
}

/** A peer is still on a relay. */
export function waitingLine(name: string, relayMs: number, thresholdMs: number): WatchdogLine {
  const threshold = seconds(thresholdMs);
  return line(
    "WAITING",
    `${shortName(name)} on relay for ${seconds(relayMs)} (threshold: ${threshold})`,
  );
}

/** tailscaled is restarted for a peer's sake. */
export function restartLine(name: string, relayMs: number): WatchdogLine {
  return line(
    "RESTART",
    `${shortName(name)} on relay for ${seconds(relayMs)}, restarting tailscaled`,
  );
}

/** tailscaled would be restarted, but was lately. */
export function cooldownLine(name: string, remainingMs: number): WatchdogLine {
  const remaining = `${Math.ceil(remainingMs / 1000)}s`;
  return line(
    "COOLDOWN",
    `${shortName(name)} exceeded threshold but in cooldown (${remaining} remaining)`,
  );
}

/** A peer is reached directly again. */
export function recoveredLine(name: string): WatchdogLine {
  return line("RECOVERED", `${shortName(name)} back to direct`);
}

/** Something gentler than a restart is done; `words` say what. */
export function healLine(name: string, relayMs: number, words: string): WatchdogLine {
  return line("HEAL", `${shortName(name)} on relay for ${seconds(relayMs)}, ${words}`);
}

/** The second half of an interrupted reconnect is done. */
export function cutOffLine(): WatchdogLine {
  return line("HEAL", "a reconnect was cut off, taking tailscaled up again");
}

/** tailscaled would be restarted, but was as often as it may be. */
export function limitLine(name: string, restarts: number): WatchdogLine {
  return line(
    "LIMIT",
    `${shortName(name)} exceeded threshold but ${restarts} restarts within a day`,
  );
}

/** tailscaled was restarted for this peer, or beside it, to no avail. */
export function resignedLine(name: string, relayMs: number): WatchdogLine {
  const why = "a restart did not help, left alone until it has been direct";
  return line("RESIGNED", `${shortName(name)} on relay for ${seconds(relayMs)}, ${why}`);
}

/** A reconnect would be ended, were it not for the mode. */
export function observedCutOffLine(): WatchdogLine {
  return line("OBSERVED", "a reconnect was cut off, would take tailscaled up again");
}

/** tailscaled would be restarted, were it not for the mode. */
export function observedLine(name: string, relayMs: number): WatchdogLine {
  return line(
    "OBSERVED",
    `${shortName(name)} on relay for ${seconds(relayMs)}, would restart tailscaled`,
  );
}

/** A peer is not on a relay any more; `why` says what became of it. */
export function endedLine(name: string, why: string): WatchdogLine {
  return line("ENDED", `${shortName(name)} no longer on relay (${why})`);
}

/** Looks are further apart than the settings say: cooldown and limits then last longer. */
export function intervalLine(gapMs: number, intervalMs: number): WatchdogLine {
  const advice = "set it to the timer's interval";
  const setting = `WATCHDOG_INTERVAL is ${seconds(intervalMs)}`;
  return line("INTERVAL", `looks every ${seconds(gapMs)}, ${setting}: ${advice}`);
}

/** A number of lines is left out. */
export function moreLine(count: number): WatchdogLine {
  return line("MORE", `${count} lines about further peers left out`);
}

function line(word: WatchdogWord, rest: string): WatchdogLine {
  return { word, text: `${word}: ${rest}` };
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)}s`;
}
