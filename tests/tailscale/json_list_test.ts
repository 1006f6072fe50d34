import { assert, assertEquals, assertThrows } from "@std/assert";
import { EntryLimitError, splitList } from "../../src/tailscale/json_list.ts";
import { LongBytes, PART_BYTES } from "../../src/tailscale/long_bytes.ts";

Deno.test("splitList() gives the text of each entry of the list at the top", () => {
  const cases: readonly (readonly [text: string, entries: readonly string[] | undefined])[] = [
    ['{"a":[]}', []],
    ['{"a":[{"b":[1]},[2] , {}]}', ['{"b":[1]}', "[2]", "{}"]],
    [' { "x" : [[0]], "a" : [ {"a":[]} ] , "y":{"a":[{}]} } ', ['{"a":[]}']],
    ['{"a":[{"b":"},{]\\""}]}', ['{"b":"},{]\\""}']],
    ['{"ä€𝄞":"é","a":[{"b":"ä€𝄞"},{"€":"]"}],"ö":1}', ['{"b":"ä€𝄞"}', '{"€":"]"}']],
    // nothing of the entries is looked at
    ['{"a":[{b},[}]}', ["{b}", "[}"]],
    // others have to look at these as a whole
    ['{"a":[1]}', undefined],
    ['{"a":[{},1]}', undefined],
    ['{"a":[{}{}]}', undefined],
    ['{"a":[,{}]}', undefined],
    ['{"a":[{},]}', undefined],
    // no blank of JSON's
    ['{"a":[{}\u00a0,{}]}', undefined],
    ['{"a":[{}],"a":[]}', undefined],
    ['{"a":[{}],"a":null}', undefined],
    ['{"\\u0061":[{}]}', undefined],
    ['{"ba":[{}]}', undefined],
    ['{"b\\"a":[{}]}', undefined],
    ['{"x":"a":[{}]}', undefined],
    ['{x"a":[{}]}', undefined],
    ['{"a"[{}]}', undefined],
    ['"a":[{}]', undefined],
    ['{"b":{"a":[{}]}}', undefined],
    ['[{"a":[{}]}]', undefined],
    ['["a":[{}]]', undefined],
    ['{"a":[{}]', undefined],
    ['{"a":[{}]}}', undefined],
    ['"{\\"a\\":[{}]}"', undefined],
    ["", undefined],
  ];
  for (const [text, entries] of cases) assertEquals(textsOf(text), entries, text);
});

Deno.test("splitList() fails at the first entry too many, and reads nothing behind it", () => {
  // the limit is three
  const cases: readonly (readonly [text: string, readBytes: number | undefined])[] = [
    ['{"a":[{},[],{}]}', undefined],
    ['{"a":[{"b":[{},{},{},{}]},{},{}]}', undefined],
    ['{"x":[{},{},{},{}],"a":[{}],"y":{"a":[{},{},{},{}],"b":{},"c":{},"d":{}}}', undefined],
    ['{"a":["[{},{},{},{},",{"b":",,,,"},{}]}', undefined],
    ['{"a":[1,2,3]}', undefined],
    // each list under the name has its own three
    ['{"a":[{},{}],"a":[{},{}]}', undefined],
    ['{"a":[{}],"a":[{},{},{},{}]}', 25],
    ['{"a":[{},[],{},{}]}', 16],
    ['{"x":[{},{},{},{}] , "a" : [{},[],{},[]]}', 38],
    ['{"a":[{},{},{},{!', 16],
    ['{"a":[{},{},{},{"b', 16],
    ['{"a":[{}{}{}{}', 13],
    [`{"a":[{},{},{},${"[".repeat(1000)}`, 16],
    // other entries are seen by their commas
    ['{"a":[1,2,3,4]}', undefined],
    ['{"a":[1,2,3,4,5]}', 14],
    ['{"a":[1,2,3,4,!', 14],
    ['{"a":["","","","",', 18],
  ];
  for (const [text, readBytes] of cases) {
    const split = () => splitList(LongBytes.of(text), "a", { maxEntries: 3 });
    if (readBytes === undefined) {
      split();
      continue;
    }
    const error = assertThrows(split, EntryLimitError);
    assertEquals(error.readBytes, readBytes, text);
    assertEquals(error.message, `Holds more than 3 entries in its first ${readBytes} bytes`);
  }
});

Deno.test("splitList() tells entries apart by their hash, wherever they stand", () => {
  const entries = Array.from({ length: 20_000 }, (_, index) => `{"id":"${index}"}`);
  // one character more, less, escaped, at the end, in the middle
  entries.push("[]", "{}", '{"a":""}', '{"a":"\\""}', '{"a":"\\\\"}', '{"a":"/"}', '{"a":"\\/"}');
  const hashes = (seed: number, list: readonly string[]) =>
    splitList(LongBytes.of(`{"a":[${list.join(" , ")}]}`), "a", { seed })?.map(({ low, high }) =>
      `${low} ${high}`
    );
  const first = hashes(1, entries) ?? [];
  assertEquals(new Set(first).size, entries.length);
  assertEquals(hashes(1, entries.toReversed()), first.toReversed());
  assertEquals(new Set([...first, ...hashes(2, entries) ?? []]).size, 2 * entries.length);
});

Deno.test("splitList() sees no difference where a part ends", () => {
  const entry = '{"b":"\\"ä]\\\\"}';
  for (let shift = 0; shift <= 40; shift++) {
    const start = `{"${"x".repeat(PART_BYTES - 30 - shift)}":0,"a":[`;
    const text = `${start}${entry},${entry} , ${entry}]}`;
    assertEquals(textsOf(text), [entry, entry, entry], `${shift}`);
    const hashes = splitList(LongBytes.of(text), "a")?.map(({ low, high }) => `${low} ${high}`);
    assertEquals(new Set(hashes).size, 1);
  }
});

Deno.test("splitList() and the parser agree on what is JSON", () => {
  const pieces = ['{"a":', "[", "{}", ",", '{"b":"]"}', "]", "}", '"a":[]', " ", "null"];
  let split = 0;
  for (let seed = 0; seed < 200_000; seed++) {
    let text = '{"a":[';
    for (let rest = seed; rest > 0; rest = Math.floor(rest / 10)) text += pieces[rest % 10];
    const entries = textsOf(text);
    if (entries === undefined || !entries.every(isJson)) continue;
    split++;
    const whole = JSON.parse(text) as { readonly a: unknown };
    assertEquals(whole.a, entries.map((entry) => JSON.parse(entry)), text);
  }
  assert(split > 10, `${split}`);
});

/** The texts of the entries of the list "a". */
function textsOf(text: string): readonly string[] | undefined {
  const bytes = LongBytes.of(text);
  return splitList(bytes, "a")?.map(({ start, end }) =>
    new TextDecoder().decode(bytes.slice(start, end))
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
