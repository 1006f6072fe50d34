import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type MemberLimits, MemberSplitter } from "../../src/json/splitter.ts";
import { fixtureText } from "../_support/fixture.ts";

/** The text as the splitter takes it apart, put together again. */
function split(
  text: string | Uint8Array,
  cuts: readonly number[] = [],
  limits: MemberLimits = {},
): unknown {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const members = new Map<string, Map<string, unknown>>();
  const elements = new Map<string, unknown[]>();
  const decoder = new TextDecoder();
  const splitter = new MemberSplitter(["Peer", "User"], {
    begin(name) {
      members.set(name, new Map());
      elements.set(name, []);
    },
    member(name, key, value) {
      members.get(name)?.set(key, value && JSON.parse(decoder.decode(value)));
    },
    element(name, value) {
      elements.get(name)?.push(value && JSON.parse(decoder.decode(value)));
    },
  }, limits);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    splitter.push(bytes.slice(from, cut));
    from = cut;
  }
  const rest: unknown = JSON.parse(decoder.decode(splitter.finish()));
  if (!isObject(rest)) return rest;
  for (const [name, own] of members) {
    // Another value of the same key may have come after it.
    if (isObject(rest[name])) rest[name] = Object.fromEntries(own);
    else if (Array.isArray(rest[name])) rest[name] = elements.get(name);
  }
  return rest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a text is JSON for a reader. */
function doesTake(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Texts full of what a splitter trips over, and the names that it looks for. */
const words = fc.oneof(
  fc.constantFrom("Peer", "User", "Self", "Peer ", "", "__proto__", '"', "}", "\\"),
  fc.string({
    unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", " ", "é", "😀", "a"),
  }),
  fc.string({ unit: "binary" }),
);

/**
 * Keys without short escapes: where objects of one shape are parsed again and again, V8 15.0 takes
 * the raw text of such a key for the key.
 */
const key = words.filter((text) => !/["\\\b\f\n\r\t]/.test(text));

const { value: anyValue } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "json" },
    fc.oneof(fc.constantFrom(null, true, -0.5, 1e300, 0), words),
    fc.array(tie("value"), { maxLength: 4, depthIdentifier: "json" }),
    tie("object"),
  ),
  object: fc.array(fc.tuple(key, tie("value")), { maxLength: 6, depthIdentifier: "json" })
    .map((entries) => Object.fromEntries(entries)),
}));

const object = fc.array(fc.tuple(key, anyValue), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));

/** Members to be split off; their keys are parsed alone, so they may be anything. */
const list = fc.array(fc.tuple(words, anyValue), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));

/** Objects with a peer list more often than not. */
const status = fc.tuple(object, list, object, fc.nat(3)).map(([first, peers, last, kind]) => {
  const own = kind === 0
    ? {}
    : kind === 1
    ? { Peer: peers }
    : { Peer: peers, User: kind === 2 ? peers : Object.values(peers) };
  return { ...first, ...own, ...last };
});

const indent = fc.constantFrom(undefined, "\t", 1);
const cutPlaces = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

/** A text with chunk borders anywhere, inside of characters and escapes too. */
const chunkedText = fc.tuple(fc.oneof(status, anyValue), indent, cutPlaces)
  .map(([value, space, places]) => {
    const text = JSON.stringify(value, null, space);
    const { length } = new TextEncoder().encode(text);
    return {
      value,
      text,
      cuts: places.map((place) => Math.round(place * length)).sort((a, b) => a - b),
    };
  });

Deno.test("MemberSplitter gives back what was written, wherever it is cut", () => {
  fc.assert(
    fc.property(chunkedText, ({ value, text, cuts }) => {
      assertEquals(split(text, cuts), value);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("MemberSplitter takes a text with a border behind each byte", () => {
  for (const name of ["status", "status-no-peers", "status-cut-off", "derpmap"]) {
    const text = fixtureText(`localapi/${name}.json`);
    const cuts = Array.from({ length: new TextEncoder().encode(text).length }, (_, at) => at);
    assertEquals(split(text, cuts), JSON.parse(text));
  }
});

Deno.test("MemberSplitter takes exactly the texts that JSON.parse takes", () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(3),
    insert: fc.oneof(
      fc.constantFrom(
        "",
        '"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\",
        '"Peer":{',
        '"User":[',
        "0",
        " ",
        "\ufeff",
      ),
      fc.string({ maxLength: 3 }),
    ),
  });
  fc.assert(
    fc.property(chunkedText, fc.array(damage, { minLength: 1, maxLength: 3 }), (chunked, all) => {
      let { text } = chunked;
      for (const { at, length, insert } of all) {
        const start = Math.round(at * text.length);
        text = text.slice(0, start) + insert + text.slice(start + length);
      }
      text = text.toWellFormed().replace(/^\ufeff+/, "");
      const cuts = chunked.cuts.map((cut) => Math.min(cut, text.length));
      assertEquals(doesTake(() => split(text, cuts)), doesTake(() => JSON.parse(text)), text);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("MemberSplitter reads keys, not their spelling, and the last of several values", () => {
  const texts = [
    '{"\\u0050eer":{"\\u0061":1}}',
    '{"Peer":{"a":1,"a":2},"Peer":{"b":3}}',
    '{"Peer":{"a":1},"Peer":null}',
    '{"Peer":null,"Peer":{"a":1}}',
    '{"Self":{"Peer":{"a":{}}},"Peer":{"Peer":{"Peer":{}}}}',
    '[{"Peer":{"a":1}}]',
    ' { "Peer" : { } , "User" : [ {"a":1} ] } ',
    '{"Peer":[],"Peer":[1,"],",null,[[2]],{"a":[3]}],"User":[ \n]}',
    '{"Peer":[1],"Peer":{"a":1}}',
    '{"Peer":{"a":1},"Peer":[1]}',
    '{"Peer":[1],"Peer":null}',
    '"Peer"',
  ];
  for (const text of texts) assertEquals(split(text), JSON.parse(text), text);
});

Deno.test("MemberSplitter refuses what balances but is no JSON", () => {
  const texts = [
    "",
    "{}}",
    '{"Peer":{"a":1}',
    '{"Peer":{"a":1,}}',
    '{"Peer":{,"a":1}}',
    '{"Peer":{"a"}}',
    '{"Peer":{"a":}}',
    '{"Peer":{"a":1:2}}',
    '{"Peer":{"a":{]}}',
    '{"Peer":{"a":1]}',
    '{"Peer":{1:1}}',
    '{"Peer":{{"a":1}}}',
    '{"Peer":1{"a":1}}',
    '{"Peer":{"a":1}2}',
    '["Peer":{"a":1}]',
    '{"Peer":{"a":1}}{"Peer":{"a":1}}',
    '{"Peer":{"a":"',
    '{"Peer":[1}',
    '{"Peer":[1,]}',
    '{"Peer":[,1]}',
    '{"Peer":[1,,2]}',
    '{"Peer":[,]}',
    '{"Peer":[1 2]}',
    '{"Peer":["a":1]}',
    '{"Peer":[{}{}]}',
    '{"Peer":[{]}',
    '{"Peer":[1]2}',
    '["Peer":[1]]',
    '{"Peer":[1',
  ];
  assertEquals(texts.filter((text) => doesTake(() => split(text))), []);
});

Deno.test("MemberSplitter leaves out a member that is too large, however it arrives", () => {
  const text = JSON.stringify({ Peer: { a: 1, big: "x".repeat(100), c: 3 } });
  for (const cuts of [[], [40], [20, 60, 80]]) {
    const found = split(text, cuts, { maxMemberBytes: 50 });
    assertEquals(found, { Peer: { a: 1, big: undefined, c: 3 } });
  }
});

Deno.test("MemberSplitter leaves out an element that is too large, however it arrives", () => {
  const text = JSON.stringify({ Peer: [1, "x".repeat(100), 3] });
  for (const cuts of [[], [40], [20, 60, 80]]) {
    assertEquals(split(text, cuts, { maxMemberBytes: 50 }), { Peer: [1, undefined, 3] });
  }
});

Deno.test("MemberSplitter takes apart only what its handler can take", () => {
  const text = '{"Peer":{"a":1},"User":[1]}';
  const rests: string[] = [];
  for (const handler of [{ member() {} }, { element() {} }, {}]) {
    const splitter = new MemberSplitter(["Peer", "User"], { begin() {}, ...handler });
    splitter.push(new TextEncoder().encode(text));
    rests.push(new TextDecoder().decode(splitter.finish()));
  }
  assertEquals(rests, ['{"Peer":{},"User":[1]}', '{"Peer":{"a":1},"User":[]}', text]);
});

Deno.test("MemberSplitter bounds the depth, in the rest and in what it hands over", () => {
  for (const name of ["Peer", "Self"]) {
    const nested = (depth: number) => `{"${name}":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    assert(split(nested(255)));
    assertThrows(() => split(nested(256)), RangeError, "Nested deeper than 256 levels");
  }
});

Deno.test("MemberSplitter bounds the rest and the keys", () => {
  const text = JSON.stringify({ Peer: { a: 1 }, Health: ["x".repeat(100)] });
  assertThrows(() => split(text, [], { maxRestBytes: 60 }), RangeError, "Larger than 60 bytes");
  assert(split(text, [], { maxRestBytes: 130 }));
  const keys = JSON.stringify({ Peer: { ["k".repeat(100)]: 1 } });
  assertThrows(() => split(keys, [], { maxMemberBytes: 60 }), SyntaxError, "no key or no value");
});

Deno.test("MemberSplitter passes over what its handler has foreseen, and only that", () => {
  const text = '{"Peer":{"x":{"a":"}"} ,"y":{"a":"]"}},"User":{"z":{}}}';
  const decoder = new TextDecoder();
  for (let size = 1; size <= text.length; size++) {
    const found: string[] = [];
    const splitter = new MemberSplitter(["Peer"], {
      begin() {},
      foresee(name, key, bytes) {
        const ahead = decoder.decode(bytes);
        assert(text.includes(`"${key}":${ahead}`), `${name} ${key} ${ahead}`);
        return ahead.startsWith('{"a":"}"}') ? '{"a":"}"}'.length : 0;
      },
      member: (name, key, value) => found.push(`${name} ${key} ${decoder.decode(value)}`),
    });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.slice(at, at + size));
    assertEquals(decoder.decode(splitter.finish()), '{"Peer":{},"User":{"z":{}}}');
    assertEquals(found, ['Peer x {"a":"}"} ', 'Peer y {"a":"]"}']);
  }
});
