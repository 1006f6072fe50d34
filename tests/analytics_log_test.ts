import { assertEquals } from "@std/assert";
import { AnalyticsLog } from "../src/analytics_log.ts";

/** A log with the lines it writes, and a clock that stands at `clock.ms`. */
function makeLog() {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const say = (message: string, properties: Readonly<Record<string, unknown>> = {}) => {
    lines.push(message.replace(/\{(\w+)\}/g, (_, name) => String(properties[name])));
  };
  return { log: new AnalyticsLog({ info: say, warning: say }, () => clock.ms), lines, clock };
}

Deno.test("AnalyticsLog.badLine() tells each reason once, and shows no line that it is not given", () => {
  const { lines, log } = makeLog();
  log.badLine("format", "nonsense ?a=b");
  log.badLine("format", "nonsense 2");
  log.badLine("time", undefined);
  assertEquals(lines, [
    "Refusing lines of access logs (format): want the format of ACCESS_FORMAT, got nonsense ?…",
    "Refusing lines of access logs (time): want the format of ACCESS_FORMAT",
  ]);
});

Deno.test("AnalyticsLog.whois() and quota() tell a trouble once, and its end", () => {
  const { lines, log } = makeLog();
  const users = { externalUsers: ["a", "b"], isExceeded: true, limit: 1 };
  log.whois("failed", new Error("down"));
  log.whois("failed", new Error("down"));
  log.whois("found", undefined);
  log.quota(users);
  log.quota(users);
  log.quota({ ...users, isExceeded: false });
  assertEquals(lines, [
    "Cannot look up the node of an address: down",
    "Whois lookups at tailscaled succeed again",
    "There are 2 external users, USER_QUOTA permits 1",
    "There are no more external users than USER_QUOTA permits",
  ]);
});

Deno.test("AnalyticsLog.calmDown() tells the end of drops after a minute without one", () => {
  const { clock, lines, log } = makeLog();
  log.calmDown();
  log.dropped();
  clock.ms = 59_999;
  log.calmDown();
  log.dropped();
  clock.ms = 119_998;
  log.calmDown();
  assertEquals(lines.length, 1);
  clock.ms = 119_999;
  log.calmDown();
  assertEquals(lines, [
    "Dropping access logs: they arrive faster than they are read",
    "Dropping no access logs any more",
  ]);
});
