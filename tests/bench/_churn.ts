/**
 * The row `churn` of `fleet.ts`: does a program whose devices come and go keep its memory and its
 * files? Both are read from `/proc` at an early cycle and at a late one.
 *
 * @module
 */

import { get, type Row, run, type Running, sleep, usageOf, valueOf } from "./_process.ts";

/** Cycles after which the program is looked at. */
const MARKS: readonly number[] = [100, 1000];

/** Seconds from one page to the next, as a server asks. */
const PAGE_S = 5;

/** Readings, one a second, of which a mark takes the middle one: half of them come after it. */
const WINDOW = 10;

interface Reading {
  readonly rssMb: number;
  readonly files: number;
}

/** The row's table. */
export async function measureChurn(row: Row): Promise<string> {
  return await run(row, async (running) => {
    const [early, late] = await watchMarks(running, row.intervalS);
    if (early === undefined || late === undefined) throw new Error("A mark was not reached");
    const cells = [
      row.name,
      String(running.answering),
      `${row.churnPercent} %`,
      ...[early, late].map(({ cycle, rssMb, files }) =>
        `${rssMb.toFixed(1)} MB, ${files} (cycle ${cycle})`
      ),
      (late.rssMb / early.rssMb).toFixed(3),
      (late.files / early.files).toFixed(3),
    ];
    return `
| row | devices | replaced a cycle | RSS, open files at ${MARKS[0]} | at ${
      MARKS[1]
    } | RSS ratio | files ratio |
|---|---|---|---|---|---|---|
| ${cells.join(" | ")} |`;
  });
}

async function watchMarks(running: Running, intervalS: number) {
  const found: (Reading & { readonly cycle: number })[] = [];
  const readings: Reading[] = [];
  const half = WINDOW / 2 / intervalS;
  for (const mark of MARKS) {
    let cycle = 0;
    while (cycle < mark + half) {
      for (let second = 0; second < PAGE_S; second++) {
        await sleep(1000);
        readings.push(await readingOf(running.pid));
      }
      readings.splice(0, readings.length - WINDOW);
      cycle = await cycleOf(running.url);
    }
    found.push({
      cycle: cycle - half,
      rssMb: middle(readings.map(({ rssMb }) => rssMb)),
      files: middle(readings.map(({ files }) => files)),
    });
  }
  return found;
}

/** Fetches the page as a server does, and tells how many cycles it counts. */
async function cycleOf(url: string): Promise<number> {
  const page = await (await get(url, "gzip"))?.text() ?? "";
  const cycle = valueOf(page, 'tsmetrics_scrape_duration_seconds_count{target="tailscale"}');
  if (Number.isNaN(cycle)) throw new Error(`Cannot read the cycle from ${url}`);
  return cycle;
}

async function readingOf(pid: number): Promise<Reading> {
  const { rssMb } = await usageOf(pid);
  return { rssMb, files: [...Deno.readDirSync(`/proc/${pid}/fd`)].length };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
