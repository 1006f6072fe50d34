import { assertEquals } from "@std/assert";
import { findRiddles } from "./plain_english.ts";
import plugin from "./plugin.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

function complaints(path: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, ROOT + path, source)
    .filter(({ id }) => id === "house/plain-english").map(({ message }) => message);
}

Deno.test("findRiddles() finds a phrase in any case, and says what to write", () => {
  const name = "the subject: the client, the operator, nothing";
  for (
    const [text, said] of [
      ["30 seconds unless told.", [
        '"unless told" is a riddle: write data, such as "Default: 30 s."',
      ]],
      ["So many are kept", [
        '"So many" is a riddle: write the quantity, such as "Maximum number of …"',
      ]],
      ["a clock that nobody sets", [`"nobody" is a riddle: write ${name}`]],
      ["Somebody's Mac", [`"Somebody" is a riddle: write ${name}`]],
      ["for who asks", [
        '"for who" is a riddle: write the subject: the client, the reader',
      ]],
      ["the client who asks, as many as there are", []],
    ] as const
  ) assertEquals(findRiddles(text), said, text);
});

Deno.test("house/plain-english checks comments, and texts that users read", () => {
  const comment = '// nobody\nexport const a = "b";\n';
  const texts = 'export const a = "nobody";\nexport const b = `${a}so many`;\n';
  const nobody = findRiddles("nobody");
  assertEquals(complaints("src/log/log.ts", comment), nobody);
  assertEquals(complaints("tests/log/log_test.ts", comment), nobody);
  assertEquals(complaints("src/log/log.ts", texts), [...nobody, ...findRiddles("so many")]);
  assertEquals(complaints("tests/log/log_test.ts", texts), []);
});
