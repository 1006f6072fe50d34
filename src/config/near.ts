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
const MAX_WRONG_LETTERS = 2;
const SEPARATOR = /[_-]/g;
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

/**
 * Whether a slip can hardly be another program's name: words in another order, or letters wrong,
 * but at most one in each word (`INFLUXDB_TOKEN` has two). A name that differs by case, separators
 * or the product's name in front may be another program's.
 */
export function isSureSlip(given: string, ours: string): boolean {
  const name = given.toUpperCase();
  if (compact(name.replace(PREFIX, "")) === compact(ours)) return false;
  const [words, ourWords] = [name.split(SEPARATOR), ours.split(SEPARATOR)];
  if (sorted(words) === sorted(ourWords)) return true;
  return words.length === ourWords.length &&
    ourWords.every((word, index) => wrongLetters(words[index] ?? "", word) <= 1);
}

function isSlip(name: string, ours: string): boolean {
  // A start compares each variable with each of ours, so the cheap comparisons come first.
  if (name[0] === ours[0] && compact(name) === compact(ours)) return true;
  const difference = Math.abs(name.length - ours.length);
  if (difference > MAX_WRONG_LETTERS) return false;
  const words = name.split(SEPARATOR);
  const ourWords = ours.split(SEPARATOR);
  if (words.length !== ourWords.length) return false;
  if (difference === 0 && sorted(words) === sorted(ourWords)) return true;
  let wrong = 0;
  for (const [index, word] of ourWords.entries()) {
    wrong += wrongLetters(words[index] ?? "", word);
    if (wrong > MAX_WRONG_LETTERS) return false;
  }
  return true;
}

/** How many letters of a word are wrong; infinite if it is another word. */
function wrongLetters(word: string, ours: string): number {
  if (word === ours) return 0;
  const limit = Math.floor(Math.max(word.length, ours.length) / 4);
  if (Math.abs(word.length - ours.length) > limit) return Infinity;
  if (ours.length > 3 && sorted([...word]) === sorted([...ours])) return 1;
  const distance = editDistance(word, ours);
  return distance <= limit ? distance : Infinity;
}

/** The name without what separates its words. */
function compact(name: string): string {
  return name.replaceAll(SEPARATOR, "");
}

function sorted(parts: readonly string[]): string {
  return parts.toSorted().join(" ");
}
