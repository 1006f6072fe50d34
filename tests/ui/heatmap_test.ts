import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { heatmapOf } from "../../src/ui/heatmap.ts";

const NOW_MS = Date.UTC(2026, 0, 31, 12, 30);
const UTC = { offsetMinutes: () => 0 };

function at(hour: number, requests: number, day = 31) {
  return { time: new Date(Date.UTC(2026, 0, day, hour)).toISOString(), requests };
}

Deno.test("heatmapOf() puts today first, without the hours to come", () => {
  const [today, before] = heatmapOf([at(0, 1), at(12, 16), at(13, 4, 30)], {
    days: 2,
    nowMs: NOW_MS,
    ...UTC,
  });
  assertEquals([today?.atMs, before?.atMs], [Date.UTC(2026, 0, 31), Date.UTC(2026, 0, 30)]);
  assertEquals(today?.cells[0], { hour: 0, requests: 1, level: 1 });
  assertEquals(today?.cells[1], { hour: 1, requests: 0, level: 0 });
  assertEquals(today?.cells[12], { hour: 12, requests: 16, level: 4 });
  assertEquals(today?.cells[13], undefined);
  assertEquals(before?.cells[13], { hour: 13, requests: 4, level: 2 });
});

Deno.test("heatmapOf() shows hours in the reader's time zone", () => {
  // India is five and a half hours ahead of UTC.
  const [today] = heatmapOf([at(5, 8)], { days: 1, nowMs: NOW_MS, offsetMinutes: () => -330 });
  assertEquals(today?.cells.findIndex((cell) => cell?.requests === 8), 10);
});

Deno.test("heatmapOf() adds up two hours that the clock shows twice", () => {
  const setBackMs = Date.UTC(2026, 0, 31, 3);
  const offsetMinutes = (ms: number) => ms < setBackMs ? -120 : -60;
  const [today] = heatmapOf([at(2, 1), at(3, 2)], { days: 1, nowMs: NOW_MS, offsetMinutes });
  assertEquals(today?.cells[4]?.requests, 3);
});

Deno.test("heatmapOf() loses no request of the hours that it shows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ago: fc.nat(47), requests: fc.nat(50) }), { maxLength: 30 }),
      fc.constantFrom(-720, -330, 0, 60, 840),
      (entries, offset) => {
        const hours = entries.map(({ ago, requests }) => ({
          time: new Date(Math.floor(NOW_MS / 3_600_000 - ago) * 3_600_000).toISOString(),
          requests,
        }));
        const days = heatmapOf(hours, { days: 3, nowMs: NOW_MS, offsetMinutes: () => offset });
        const shown = days.flatMap(({ cells }) => cells).reduce(
          (sum, cell) => sum + (cell?.requests ?? 0),
          0,
        );
        assertEquals(shown, entries.reduce((sum, { requests }) => sum + requests, 0));
      },
    ),
  );
});
