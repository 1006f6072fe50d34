/**
 * Real device lists with something wrong in them, for property tests: fields dropped, retyped,
 * repeated and nested, text cut and damaged.
 *
 * @module
 */

import fc from "fast-check";
import { fixtureText } from "./fixture.ts";

const ANSWERS = ["tailscale-devices", "v2-devices-all", "v2-devices-node-c-offline"]
  .map((name) => fixtureText(`api/${name}.json`));

/** Values that a field is replaced with. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, "", 0, -1, 1.5, 2 ** 60, true, [], {}, [null], "\ud800", '\n"\\'),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constant("x".repeat(3000)),
  fc.jsonValue({ maxDepth: 4 }),
  fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }),
);

interface Mutation {
  readonly kind: "drop" | "retype" | "copy" | "nest";
  /** The way down, each number taken modulo the fields that are there. */
  readonly at: readonly number[];
  readonly value: unknown;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom<Mutation["kind"]>("drop", "retype", "copy", "nest"),
  at: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
  value: oddValue,
});

type Node = Record<string, unknown>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function mutate(answer: Node, { kind, at, value }: Mutation): void {
  let node = answer;
  let key = "devices";
  for (const step of at) {
    const child = node[key];
    if (!isNode(child)) break;
    const keys = Object.keys(child);
    const next = keys[step % Math.max(1, keys.length)];
    if (next === undefined) break;
    node = child;
    key = next;
  }
  if (kind === "drop") delete node[key];
  // A constant of the generator must neither be changed nor end up within itself.
  if (kind === "retype") node[key] = structuredClone(value);
  if (kind === "copy" && Array.isArray(node)) node.push(structuredClone(node[Number(key)]));
  if (kind === "nest") node[key] = { [key]: [node[key]] };
}

/** One to eight mutations of a real answer; the text of one in seven is cut as well. */
export const mutatedAnswer: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(...ANSWERS),
  fc.array(mutation, { minLength: 1, maxLength: 8 }),
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 6 }, {
    arbitrary: fc.nat(5000),
    weight: 1,
  }),
).map(([answer, mutations, cut]) => {
  const value: Node = JSON.parse(answer);
  for (const each of mutations) mutate(value, each);
  return JSON.stringify(value).slice(0, cut);
});

const damage = fc.record({
  at: fc.nat(),
  length: fc.nat(12),
  insert: fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom('"', "}", "[", "{", ",", ":", "\\u0000", "1e999", '"id":1,', "[".repeat(9999)),
  ),
});

/** A real answer with one to three places of its text overwritten. */
export const damagedAnswer: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(...ANSWERS),
  fc.array(damage, { minLength: 1, maxLength: 3 }),
).map(([answer, damages]) => {
  let text = answer;
  for (const { at, length, insert } of damages) {
    const start = at % text.length;
    text = text.slice(0, start) + insert + text.slice(start + length);
  }
  return text;
});
