/**
 * `deno task bench:fleet`: the whole program against the demo's simulator in a second process,
 * watched from outside. The program is the bundle that an executable holds. Linux only: it reads
 * /proc, and gives each device an address of its own.
 *
 *     deno task bench:fleet [ROW…]
 *
 * All rows run unless some are named, but for `churn`: it takes 17 minutes, so it runs only when
 * it is named, and prints a table of its own. A row that there is none of ends it with 2.
 *
 * @module
 */

import { measureChurn } from "./_churn.ts";
import { fetchPages } from "./_fetch.ts";
import { chooseRows, CHURN } from "./_rows.ts";
import { get, type Row, run, type Running, sleep, usageOf, valueOf } from "./_process.ts";

/** Cycles that are watched, after the first. */
const CYCLES = 4;

async function measure(row: Row, running: Running): Promise<string> {
  const { pid, url, answering, fullMs } = running;
  // The middle of the pause between two cycles.
  await sleep(row.intervalS * 500);
  const page = await (await get(url, "identity"))?.text() ?? "";
  const before = await usageOf(pid);
  await sleep(CYCLES * row.intervalS * 1000);
  const after = await usageOf(pid);
  const last = await (await get(url, "identity"))?.text() ?? "";
  const duration = 'tsmetrics_scrape_duration_seconds_sum{target="tailscale"}';
  const count = 'tsmetrics_scrape_duration_seconds_count{target="tailscale"}';
  const cycleS = (valueOf(last, duration) - valueOf(page, duration)) /
    (valueOf(last, count) - valueOf(page, count));
  const plain = await fetchPages(url, pid, "identity");
  const gzip = await fetchPages(url, pid, "gzip");
  const end = await usageOf(pid);
  const cells = [
    row.name,
    `${answering} of ${row.devices}`,
    `${fullMs.toFixed(0)} ms`,
    `${cycleS.toFixed(2)} s`,
    `${((after.cpuMs - before.cpuMs) * 1000 / CYCLES / answering).toFixed(0)} µs`,
    `${after.rssMb.toFixed(0)} / ${end.rssMb.toFixed(0)} MB`,
    `${(last.length / 1e6).toFixed(1)} MB`,
    `${plain.wallMs.toFixed(0)} ms (${plain.cpuMs.toFixed(0)})`,
    `${gzip.wallMs.toFixed(0)} ms (${gzip.cpuMs.toFixed(0)})`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function readRows(): readonly Row[] {
  try {
    return chooseRows(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}

const chosen = readRows();
const wanted = chosen.filter((row) => row !== CHURN);
console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} processors`);
if (wanted.length > 0) {
  console.log(`
| row | devices read | start to full page | cycle | CPU a device | RSS before / with pages | page | plain (CPU) | gzip (CPU) |
|---|---|---|---|---|---|---|---|---|`);
}
for (const row of wanted) console.log(await run(row, (running) => measure(row, running)));
if (chosen.includes(CHURN)) console.log(await measureChurn(CHURN));
