/**
 * Real answers of tailscaled with something wrong in them, for property tests: any field, however
 * deep, dropped or of another type.
 *
 * @module
 */

import fc from "fast-check";

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, "", 0, -1, 1.5, 2 ** 60, 1e300, true, [], {}, [null], "\ud800"),
  fc.constantFrom<unknown>("0001-01-01T00:00:00Z", "9".repeat(40), "x".repeat(3000), "."),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

const change = fc.record({
  at: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
  isDropped: fc.boolean(),
  value: oddValue,
});

type Node = Record<string, unknown>;

/** The answer as text with one to six fields changed. */
export function odd(answer: string): fc.Arbitrary<string> {
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => {
    const whole: Node = { it: JSON.parse(answer) };
    for (const { at, isDropped, value } of changes) {
      let [node, key] = [whole, "it"];
      for (const step of at) {
        const child = node[key];
        if (typeof child !== "object" || child === null) break;
        const keys = Object.keys(child);
        const next = keys[step % Math.max(1, keys.length)];
        if (next === undefined) break;
        [node, key] = [child as Node, next];
      }
      if (isDropped && node !== whole) delete node[key];
      // A constant of the generator must neither be changed nor end up within itself.
      else node[key] = structuredClone(value);
    }
    return JSON.stringify(whole.it);
  });
}

/**
 * What a decoder gives, or undefined where it throws what it may: that a text is no JSON, is
 * something else, or is over a limit.
 *
 * @throws Everything else that it throws.
 */
export function decoded<T>(decode: (text: string) => T, text: string): T | undefined {
  try {
    return decode(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    if (error instanceof TypeError && error.message.startsWith("wanted ")) return undefined;
    throw error;
  }
}
