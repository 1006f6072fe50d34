import { assert, assertEquals } from "@std/assert";
import { LineReader } from "../../src/access/line_reader.ts";
import { visitLines } from "../../src/demo/visits.ts";
import { fleetAtNoon, NOON_MS } from "./_answer.ts";

const HOUR = 3_600_000, DAY = 24 * HOUR;

function linesOf(fromMs: number, untilMs: number, seed = 1): readonly string[] {
  return [...fleetAtNoon(40, seed).visits(fromMs, untilMs)];
}

Deno.test("SimulatedTailnet.visits() writes lines that are read, in the order of time", () => {
  const reader = new LineReader();
  let lastMs = NOON_MS - 7 * DAY;
  const services = new Set<string>();
  const lines = linesOf(lastMs, NOON_MS);
  assert(lines.length > 3_000 && lines.length < 12_000, `${lines.length}`);
  for (const text of lines) {
    const line = reader.read(text);
    assert(typeof line !== "string", text);
    const { atMs = 0, seconds = 0, service = "", status = 0 } = line;
    assert(atMs >= lastMs && atMs < NOON_MS, text);
    assert(seconds > 0 && seconds < 10 && status >= 200, text);
    lastMs = atMs;
    services.add(service);
  }
  assertEquals([...services].sort(), ["git", "grafana", "registry", "wiki"]);
});

Deno.test("SimulatedTailnet.visits() neither loses nor repeats a line, however time is cut", () => {
  const whole = linesOf(NOON_MS - DAY, NOON_MS);
  const cut: string[] = [];
  for (let fromMs = NOON_MS - DAY; fromMs < NOON_MS;) {
    const untilMs = Math.min(NOON_MS, fromMs + 1 + (fromMs * 7_919) % 1_700_000);
    cut.push(...linesOf(fromMs, untilMs));
    fromMs = untilMs;
  }
  assertEquals(cut, whole);
});

Deno.test("SimulatedTailnet.visits() is the same for the same seed, and of devices that were online", () => {
  const lines = linesOf(NOON_MS - HOUR, NOON_MS);
  assertEquals(lines, linesOf(NOON_MS - HOUR, NOON_MS));
  assert(lines.join() !== linesOf(NOON_MS - HOUR, NOON_MS, 2).join());
  const tailnet = fleetAtNoon(40);
  const never = tailnet.deviceAt("chidi-phone")?.addresses[0] ?? "";
  const all = linesOf(NOON_MS - 7 * DAY, NOON_MS).map((line) => JSON.parse(line).remote_addr);
  assert(!all.includes(never));
  const known = all.filter((address) => tailnet.deviceAt(address) !== undefined);
  assert(known.length > all.length * 0.9 && known.length < all.length);
});

Deno.test("visitLines() of no devices are those of outsiders", () => {
  const options = { seed: 1, devices: [], wasOnline: () => true };
  const lines = [...visitLines(options, NOON_MS - 7 * DAY, NOON_MS)];
  assert(lines.length > 0 && lines.every((line) => JSON.parse(line).http_user_agent[0] === "c"));
});
