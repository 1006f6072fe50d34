/**
 * `deno task fuzz`: a million mutated pages and API answers, or as many as four minutes allow.
 * Ends with 1 and the failing seed if one does something else than being taken or refused, or if
 * fewer than 30 % of either kind are taken: then the mutations say nothing about real data.
 *
 * @module
 */

import { fuzz, type FuzzResult } from "./_run.ts";

const MIN_TAKEN = 0.3;

function numberOf(name: string, otherwise: number): number {
  const given = Deno.args.find((argument) => argument.startsWith(`--${name}=`))?.split("=")[1];
  const number = Number(given ?? otherwise);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`Cannot read --${name}: wanted a whole number, got "${given}"`);
  }
  return number;
}

function share({ done, taken }: FuzzResult["pages"]): string {
  return `${taken} of ${done} taken (${Math.round(100 * taken / Math.max(1, done))} %)`;
}

function main(): number {
  const seed = numberOf("seed", 1);
  const count = numberOf("count", 1_000_000);
  const startMs = performance.now();
  const result = fuzz({ seed, count, maxMs: numberOf("seconds", 240) * 1_000 });
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  console.log(`${result.done} of ${count} cases from seed ${seed} on in ${seconds} s`);
  console.log(`pages: ${share(result.pages)}; answers: ${share(result.answers)}`);
  if (count < 1_000) return 0;
  const isMeant = [result.pages, result.answers].every(({ done, taken }) =>
    taken >= MIN_TAKEN * done
  );
  if (!isMeant) console.error(`Wanted at least ${100 * MIN_TAKEN} % of both taken`);
  return isMeant ? 0 : 1;
}

try {
  Deno.exit(main());
} catch (error) {
  console.error(error);
  Deno.exit(1);
}
