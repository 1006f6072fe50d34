/**
 * `deno task fuzz`: a million mutated pages and API answers, in four minutes at most. Ends with 1
 * and the failing seed if one does something else than being taken or refused, with 1 as well if
 * fewer than 30 % of either kind are taken (then the mutations say nothing about real data) or if
 * the time is over before all of them were tried, and with 2 if it does not understand its
 * arguments.
 *
 * @module
 */

import { type Bounds, parseBounds } from "./_bounds.ts";
import { endOf } from "./_end.ts";
import { fuzz, type FuzzResult } from "./_run.ts";

const MIN_TAKEN = 0.3;

function share({ done, taken }: FuzzResult["pages"]): string {
  return `${taken} of ${done} taken (${Math.round(100 * taken / Math.max(1, done))} %)`;
}

function readBounds(): Bounds {
  try {
    return parseBounds(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}

function main({ seed, count, seconds }: Bounds): number {
  const startMs = performance.now();
  const result = fuzz({ seed, count, maxMs: seconds * 1_000 });
  const tookS = Math.round((performance.now() - startMs) / 1_000);
  console.log(`${result.done} of ${count} cases from seed ${seed} on in ${tookS} s`);
  console.log(`pages: ${share(result.pages)}; answers: ${share(result.answers)}`);
  const isMeant = count < 1_000 ||
    [result.pages, result.answers].every(({ done, taken }) => taken >= MIN_TAKEN * done);
  if (!isMeant) console.error(`Wanted at least ${100 * MIN_TAKEN} % of both taken`);
  const { code, text } = endOf({ seed, ...result });
  console.log(text);
  return isMeant ? code : 1;
}

const bounds = readBounds();
try {
  Deno.exit(main(bounds));
} catch (error) {
  console.error(error);
  Deno.exit(1);
}
