/**
 * Typed door to the text part of the Deno standard library (`@std/text`).
 *
 * @module
 */

import { closestString as closestStringUntyped } from "deno-std/text/closest_string.js";
import { levenshteinDistance as levenshteinDistanceUntyped } from "deno-std/text/levenshtein_distance.js";

/** The one of `known` that needs the fewest edits to become `given`. */
export const closestString: (given: string, known: readonly string[]) => string =
  closestStringUntyped;

/** How many edits make one of the other. */
export const levenshteinDistance: (a: string, b: string) => number = levenshteinDistanceUntyped;
