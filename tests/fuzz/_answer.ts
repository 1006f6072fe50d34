/**
 * A real list of devices or nodes with one to four things changed: values of another kind, parts
 * repeated or gone, and now and then a text that is no JSON any more.
 *
 * @module
 */

import type { DeviceListFormat } from "../../src/control/device_list.ts";
import { NODE_LIST } from "../../src/headscale/device_decoder.ts";
import { DEVICE_LIST } from "../../src/tailscale/device_decoder.ts";
import { fixtureText } from "../_support/fixture.ts";
import type { Dice } from "./_dice.ts";

/** A JSON text and where its values are. */
interface Answer {
  readonly format: DeviceListFormat;
  readonly text: string;
  readonly values: readonly { readonly start: number; readonly end: number }[];
}

const ANSWERS: readonly [Answer, ...Answer[]] = [
  readAnswer("api/tailscale-devices.json", DEVICE_LIST),
  readAnswer("api/v2-devices-all.json", DEVICE_LIST),
  readAnswer("api/v2-devices-node-c-offline.json", DEVICE_LIST),
  readAnswer("headscale/node-final.json", NODE_LIST),
];

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

function readAnswer(path: string, format: DeviceListFormat): Answer {
  const text = fixtureText(path);
  const values = [
    ...text.matchAll(/(?<=[:[,]\s*)(?:"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null)/g),
  ]
    .map(({ index, 0: value }) => ({ start: index, end: index + value.length }));
  return { format, text, values };
}

/** An answer that no API ever gave, but one might, and the format in which it is written. */
export function mutateAnswer(dice: Dice): Pick<Answer, "format" | "text"> {
  const answer = dice.of(ANSWERS);
  return { format: answer.format, text: mutate(answer, dice) };
}

function mutate({ text, values }: Answer, dice: Dice): string {
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
