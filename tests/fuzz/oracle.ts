/**
 * `deno task fuzz:oracle`: a million mutated pages, read by Prometheus' own parser and by us. Ends
 * with 1 and the failing seed if we take what a server refuses, refuse what it takes, or pass on
 * other samples, unless `_difference.ts` says why; or if our own page is not valid. Ends with 1 as
 * well if the time is over before all of them were compared, and with 2 if it does not understand
 * its arguments, or if the oracle is not there.
 *
 * @module
 */

import { type Bounds, parseBounds } from "./_bounds.ts";
import { Comparison } from "./_comparison.ts";
import { endOf } from "./_end.ts";
import { Oracle, oraclePath } from "./_oracle.ts";

/** Fewer pages than this taken, and the mutations say nothing about pages that are taken. */
const MIN_TAKEN = 0.3;

function readBounds(): Bounds {
  try {
    return parseBounds(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}

async function main({ seed, count, seconds }: Bounds): Promise<number> {
  const startMs = performance.now();
  const path = oraclePath();
  let oracle: Oracle;
  try {
    oracle = new Oracle(path);
  } catch (error) {
    console.error(`Cannot start ${path}: ${error}; tests/e2e/install.sh builds it`);
    return 2;
  }
  using running = oracle;
  const comparison = new Comparison(running);
  const result = await comparison.run({ seed, count, maxMs: seconds * 1_000 });
  await running.close();
  const tookS = Math.round((performance.now() - startMs) / 1_000);
  console.log(`${result.done} of ${count} pages from seed ${seed} on in ${tookS} s`);
  console.log(`${result.taken} taken, ${result.same} of them without any difference`);
  const isMeant = count < 1_000 || result.taken >= MIN_TAKEN * result.done;
  if (!isMeant) console.error(`Wanted at least ${100 * MIN_TAKEN} % taken`);
  for (const fault of result.faults) console.error(fault);
  // Faults end a run before its time.
  if (result.faults.length > 0) return 1;
  const { code, text } = endOf({ seed, count, done: result.done });
  console.log(text);
  return isMeant ? code : 1;
}

Deno.exit(await main(readBounds()));
