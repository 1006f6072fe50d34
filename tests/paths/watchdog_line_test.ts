import { assertEquals } from "@std/assert";
import {
  cooldownLine,
  cutOffLine,
  detectedLine,
  endedLine,
  healLine,
  intervalLine,
  limitLine,
  moreLine,
  observedCutOffLine,
  observedLine,
  recoveredLine,
  resignedLine,
  restartLine,
  waitingLine,
  type WatchdogLine,
} from "../../src/paths/watchdog_line.ts";

const LINES: readonly (readonly [made: WatchdogLine, text: string])[] = [
  // The five that are known out there.
  [detectedLine("hostname"), "DETECTED: hostname transitioned to relay"],
  [
    waitingLine("hostname", 300_000, 600_000),
    "WAITING: hostname on relay for 300s (threshold: 600s)",
  ],
  [
    restartLine("hostname", 650_000),
    "RESTART: hostname on relay for 650s, restarting tailscaled",
  ],
  [
    cooldownLine("hostname", 200_000),
    "COOLDOWN: hostname exceeded threshold but in cooldown (200s remaining)",
  ],
  [recoveredLine("hostname"), "RECOVERED: hostname back to direct"],
  // Short, as the scripts that write these call a peer.
  [detectedLine("web.tail1234.ts.net"), "DETECTED: web transitioned to relay"],
  [recoveredLine(".odd"), "RECOVERED: .odd back to direct"],
  // Ours besides.
  [healLine("hostname", 300_000, "doing it"), "HEAL: hostname on relay for 300s, doing it"],
  [cutOffLine(), "HEAL: a reconnect was cut off, taking tailscaled up again"],
  [limitLine("hostname", 3), "LIMIT: hostname exceeded threshold but 3 restarts within a day"],
  [
    resignedLine("hostname", 650_000),
    "RESIGNED: hostname on relay for 650s, a restart did not help, left alone until it has been direct",
  ],
  [observedCutOffLine(), "OBSERVED: a reconnect was cut off, would take tailscaled up again"],
  [
    observedLine("hostname", 650_000),
    "OBSERVED: hostname on relay for 650s, would restart tailscaled",
  ],
  [endedLine("hostname", "idle"), "ENDED: hostname no longer on relay (idle)"],
  [
    intervalLine(1_800_000, 60_000),
    "INTERVAL: looks every 1800s, WATCHDOG_INTERVAL is 60s: set it to the timer's interval",
  ],
  [moreLine(7), "MORE: 7 lines about further peers left out"],
  // Time on the relay is cut to whole seconds, what remains is rounded up.
  [waitingLine("a", 59_999, 600_400), "WAITING: a on relay for 59s (threshold: 600s)"],
  [cooldownLine("a", 1), "COOLDOWN: a exceeded threshold but in cooldown (1s remaining)"],
];

for (const [made, text] of LINES) {
  Deno.test(`a line of the watchdog reads "${text}"`, () => {
    assertEquals(made, { word: text.split(":", 1)[0], text } as WatchdogLine);
  });
}
