/**
 * What fetching `/metrics` costs the program: another process reads, so that reading costs it
 * nothing.
 *
 * @module
 */

import { sleep, usageOf } from "./_process.ts";

/** Times a page is fetched. */
const PAGES = 10;

/** What one fetch takes. */
export interface Cost {
  /** Wall clock of the middle one, in milliseconds. */
  readonly wallMs: number;
  /** Processor time of the program on average, in milliseconds. */
  readonly cpuMs: number;
}

/** Fetches the page some times. */
export async function fetchPages(url: string, pid: number, encoding: string): Promise<Cost> {
  const walls: number[] = [];
  let cpuMs = 0;
  for (let count = 0; count < PAGES; count++) {
    const before = await usageOf(pid);
    const startMs = performance.now();
    const { success } = await new Deno.Command("curl", {
      args: ["-s", "-o", "/dev/null", "-H", `accept-encoding: ${encoding}`, url],
    }).output();
    if (!success) throw new Error(`Cannot fetch ${url}`);
    walls.push(performance.now() - startMs);
    cpuMs += (await usageOf(pid)).cpuMs - before.cpuMs;
    await sleep(50);
  }
  return { wallMs: walls.toSorted((a, b) => a - b)[PAGES >> 1] ?? NaN, cpuMs: cpuMs / PAGES };
}
