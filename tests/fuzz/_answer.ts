/**
 * A real device list with one to four things changed: values of another kind, parts repeated or
 * gone, and now and then a text that is no JSON any more.
 *
 * @module
 */

import { fixtureText } from "../_support/fixture.ts";
import type { Dice } from "./_dice.ts";

/** A JSON text and where its values are. */
interface Answer {
  readonly text: string;
  readonly values: readonly { readonly start: number; readonly end: number }[];
}

const ANSWERS = ["tailscale-devices", "v2-devices-all", "v2-devices-node-c-offline"]
  .map((name) => readAnswer(fixtureText(`api/${name}.json`))) as [Answer, ...Answer[]];

/** What a value is replaced with. */
const VALUES = [
  "null",
  '""',
  "0",
  "-1",
  "1.5",
  "1e999",
  "9007199254740993",
  "true",
  "[]",
  "{}",
  "[null]",
  '"\\ud800"',
  '"\\n\\u0000\\"\\\\"',
  '"é😀"',
  '"2026-02-30T25:00:00Z"',
  '"0001-01-01T00:00:00Z"',
  '"169.254.169.254"',
  '"fd7a:115c:a1e0::1"',
  `"${"x".repeat(1024)}"`,
  `"${"x".repeat(1025)}"`,
  "[".repeat(300),
  '{"id":"1","name":"a"}',
] as const;

const DAMAGE = ['"', "}", "{", "[", ",", ":", "\\", "\u0000"] as const;

function readAnswer(text: string): Answer {
  const values = [
    ...text.matchAll(/(?<=[:[,]\s*)(?:"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null)/g),
  ]
    .map(({ index, 0: value }) => ({ start: index, end: index + value.length }));
  return { text, values };
}

/** An answer that no API ever gave, but one might. */
export function mutateAnswer(dice: Dice): string {
  const { text, values } = dice.of(ANSWERS);
  // From the last change to the first, so that places stay where they are.
  const places = Array.from({ length: 1 + dice.below(4) }, () => dice.below(values.length))
    .sort((a, b) => b - a);
  let changed = text;
  let before = values.length;
  for (const place of places) {
    const value = values[place];
    if (value === undefined || place >= before) continue;
    before = place;
    changed = changed.slice(0, value.start) +
      replacement(text.slice(value.start, value.end), dice) +
      changed.slice(value.end);
  }
  if (dice.below(4) > 0) return changed;
  const at = dice.below(changed.length);
  if (dice.below(3) === 0) return changed.slice(0, at);
  return changed.slice(0, at) + dice.of(DAMAGE) + changed.slice(at + dice.below(3));
}

function replacement(old: string, dice: Dice): string {
  switch (dice.below(6)) {
    case 0:
      return `[${old},${old}]`;
    case 1:
      return `{"a":${old}}`;
    default:
      return dice.of(VALUES);
  }
}
