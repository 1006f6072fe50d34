/**
 * `deno task soak`: a day of 1,000 devices, of which a twentieth changes in each cycle of two
 * minutes, in less than four minutes. Ends with 1 if the memory at the end is more than a tenth
 * above that of the first fifth of the day, in which the API has been down once, heap after a
 * collection and resident memory alike.
 *
 * @module
 */

import { delay } from "@std/async";
import { Day, INTERVAL_MS } from "./_day.ts";

const DEVICES = 1_000;
const CYCLES = 86_400_000 / INTERVAL_MS;
const FIRST = CYCLES / 5;
const MAX_GROWTH = 1.1;
const MAX_MS = 230_000;

interface Memory {
  readonly heapMb: number;
  readonly rssMb: number;
}

/** Collects garbage; the task starts V8 with a way to ask for that. */
function collect(): void {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) {
    throw new Error("Cannot collect garbage: start with --v8-flags=--expose-gc");
  }
  gc();
}

/** Memory in use. Freed buffers are given back a moment after the collection that found them. */
async function measure(): Promise<Memory> {
  for (let count = 0; count < 3; count++) {
    collect();
    await delay(50);
  }
  const { heapUsed, external, rss } = Deno.memoryUsage();
  return { heapMb: (heapUsed + external) / 1e6, rssMb: rss / 1e6 };
}

async function main(): Promise<number> {
  const startMs = performance.now();
  const day = new Day(DEVICES);
  let first: Memory | undefined;
  while (day.cycleCount < CYCLES && performance.now() - startMs < MAX_MS) {
    await day.cycle();
    // Cycles follow each other a thousand times as fast as in a program: garbage would pile up, and
    // resident memory would tell how lazy the collector is.
    if (day.cycleCount % 10 === 0) collect();
    if (day.cycleCount === FIRST) first = await measure();
    if (day.cycleCount % FIRST === 0) {
      const { heapMb, rssMb } = await measure();
      const { real, known } = day.sizes;
      const memory = `heap ${heapMb.toFixed(1)} MB, resident ${rssMb.toFixed(1)} MB`;
      console.log(`cycle ${day.cycleCount}: ${memory}, ${known} of ${real} devices known`);
    }
  }
  const last = await measure();
  const samples = day.read();
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  console.log(
    `${day.cycleCount} of ${CYCLES} cycles in ${seconds} s, ${day.changeCount} changes, ` +
      `${samples} samples at the end`,
  );
  if (first === undefined || day.cycleCount < CYCLES / 2) {
    console.error("Too slow: not half of the day was done");
    return 1;
  }
  const heap = last.heapMb / first.heapMb;
  const rss = last.rssMb / first.rssMb;
  console.log(`heap × ${heap.toFixed(3)}, resident × ${rss.toFixed(3)} since cycle ${FIRST}`);
  if (heap <= MAX_GROWTH && rss <= MAX_GROWTH) return 0;
  console.error(`Memory is not flat: wanted at most × ${MAX_GROWTH}`);
  return 1;
}

Deno.exit(await main());
