/**
 * Which known name was probably meant. For variables of the environment a wrong guess costs
 * trust, since most of them are none of our business; so the rules are strict, and short names
 * (`PORT`, `ENV`, `VERSION`) are never guessed.
 *
 * @module
 */

import { editDistance, nearestText } from "./_edit_distance.ts";

const MIN_GUESSED_LENGTH = 8;
const MAX_GIVEN_LENGTH = 60;
const PREFIX = /^(?:TAILSCALE|TSMETRICS)_/;

/**
 * The known word nearest to a mistyped one on the command line: at most a third of the letters
 * wrong, or letters swapped, or the only one that has it at the beginning of a word.
 *
 * @returns undefined if none is near.
 */
export function nearestWord(given: string, known: readonly string[]): string | undefined {
  if (given === "" || given.length > MAX_GIVEN_LENGTH) return undefined;
  const nearest = nearestText(given, known);
  if (nearest === undefined) return undefined;
  const distance = editDistance(given, nearest);
  const isSwap = sorted([...given]) === sorted([...nearest]);
  if (isSwap || distance * 3 <= Math.max(given.length, nearest.length)) return nearest;
  // In the middle of a word it is an accident: "start" in "restarts".
  const containing = known.filter((word) => `-${word}`.includes(`-${given}`));
  return given.length > 2 && containing.length === 1 ? containing[0] : undefined;
}

/**
 * The variable of ours that another variable's name is a slip of: at most two letters wrong, and
 * those not the better part of a word; words in another order or run together; another case; or
 * ours with the product's name in front.
 *
 * @returns undefined if the name is not near to any.
 */
export function nearestVariable(given: string, known: readonly string[]): string | undefined {
  const name = given.toUpperCase();
  // What begins with TS_ speaks to tailscaled, which often shares our environment.
  if (given.length > MAX_GIVEN_LENGTH || name.startsWith("TS_")) return undefined;
  const candidates = known.filter((ours) => ours.length >= MIN_GUESSED_LENGTH);
  return candidates.find((ours) => isSlip(name, ours)) ??
    candidates.find((ours) => name.replace(PREFIX, "") === ours);
}

function isSlip(name: string, ours: string): boolean {
  const words = name.split(/[_-]/);
  const ourWords = ours.split("_");
  if (words.join("") === ourWords.join("")) return true;
  if (words.length !== ourWords.length) return false;
  if (sorted(words) === sorted(ourWords)) return true;
  const wrong = ourWords.map((word, index) => wrongLetters(words[index] ?? "", word));
  return wrong.reduce((sum, count) => sum + count) <= 2;
}

/** How many letters of a word are wrong; infinite if it is another word. */
function wrongLetters(word: string, ours: string): number {
  const isSwap = ours.length > 3 && word !== ours &&
    sorted([...word]) === sorted([...ours]);
  if (isSwap) return 1;
  const distance = editDistance(word, ours);
  return distance <= Math.floor(Math.max(word.length, ours.length) / 4) ? distance : Infinity;
}

function sorted(parts: readonly string[]): string {
  return parts.toSorted().join(" ");
}
