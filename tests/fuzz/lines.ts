/**
 * `deno task fuzz:lines`: a million mutated lines of access logs, in four minutes at most.
 * Ends with 1 and the failing seed if one is neither read nor refused, with 1 as well if the time
 * is over before all were tried, and with 2 if it does not understand its arguments.
 *
 * @module
 */

import { type Bounds, parseBounds } from "./_bounds.ts";
import { endOf } from "./_end.ts";
import { checkLine } from "./_line.ts";

/** Cases between two looks at the clock. */
const CASES_A_LOOK = 1_000;

function main({ seed, count, seconds }: Bounds): number {
  const startMs = performance.now();
  let done = 0;
  let taken = 0;
  for (; done < count; done++) {
    if (done % CASES_A_LOOK === 0 && performance.now() - startMs > seconds * 1_000) break;
    try {
      if (checkLine(seed + done)) taken++;
    } catch (error) {
      console.error(`Seed ${seed + done} failed, again with --seed=${seed + done} --count=1:`);
      console.error(error);
      return 1;
    }
  }
  const tookS = Math.round((performance.now() - startMs) / 1_000);
  console.log(`${done} of ${count} lines from seed ${seed} on in ${tookS} s, ${taken} read`);
  const { code, text } = endOf({ seed, count, done });
  console.log(text);
  return code;
}

let bounds: Bounds;
try {
  bounds = parseBounds(Deno.args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(2);
}
Deno.exit(main(bounds));
