import { assertEquals, assertThrows } from "@std/assert";
import { scanMeta } from "../../src/exposition/_meta.ts";
import { toBytes } from "../_support/relay.ts";

Deno.test("scanMeta() reads metadata and comments", () => {
  const meta = (text: string) => {
    const { next, ...rest } = scanMeta(toBytes(text), 0);
    assertEquals(next, toBytes(text).length);
    return rest;
  };
  for (
    const comment of [
      "#\n",
      "# x\n",
      "#HELP a x\n",
      "# HELPa x\n",
      "# EOF\n",
      "# UNIT a s\n",
      "# \n",
      "# x\r\n",
      "# x y\u0000\n",
      '# HELP "a.b" x\n',
      '# TYPE "a.b" gauge\n',
      '# TYPE "a\nb" gauge\n',
      `# HELP ${"a".repeat(1025)} x\n`,
    ]
  ) assertEquals(meta(comment), { kind: "comment" });
  assertEquals(meta("# HELP a\n"), { kind: "help", name: "a", help: "" });
  assertEquals(meta("# HELP a \n"), { kind: "help", name: "a", help: "" });
  assertEquals(meta('# HELP a  é"\\\\n\\n \n'), { kind: "help", name: "a", help: 'é"\\n\n ' });
  assertEquals(meta('# HELP "a" x\n'), { kind: "help", name: "a", help: "x" });
  // The server skips one character after the name, whatever it is.
  assertEquals(meta("# HELP a-b x\n"), { kind: "help", name: "a", help: "b x" });
  assertEquals(meta("# TYPE a-gauge\n"), { kind: "type", name: "a", type: "gauge" });
  assertEquals(meta("# HELP a x\\t\\\n"), { kind: "help", name: "a", help: "x\\t\\" });
  assertEquals(meta("# HELP a x\u0000\r\n"), { kind: "help", name: "a", help: "x  " });
  assertEquals(meta("#\tTYPE\ta\tcounter\n"), { kind: "type", name: "a", type: "counter" });
  for (const type of ["gauge", "histogram", "summary", "untyped"] as const) {
    assertEquals(meta(`# TYPE a ${type}\n`), { kind: "type", name: "a", type });
  }
});

Deno.test("scanMeta() refuses metadata that a server refuses", () => {
  const table: readonly (readonly [string, string])[] = [
    ["# TYPE a\n", "an unknown TYPE: `# TYPE a`; wanted counter, gauge"],
    ["# TYPE a Gauge\n", "an unknown TYPE"],
    ["# TYPE a  gauge\n", "an unknown TYPE"],
    ["# TYPE a gauge \n", "an unknown TYPE"],
    ["# TYPE a gauge histogram\n", "an unknown TYPE"],
    ["# TYPE a unknown\n", "an unknown TYPE"],
    ["# TYPE 1 gauge\n", "no metric name after TYPE"],
    ["# HELP \n", "no metric name after HELP"],
    ["# TYPE a-b gauge\n", "an unknown TYPE"],
    ["# TYPE a gauge\r\n", "an unknown TYPE"],
    ['# TYPE "a gauge\n', "a quoted text that does not end"],
    ["#x\u0000y\n", "a NUL at the start of a comment"],
    ["# \u0000\n", "a NUL at the start of a comment"],
    ["# TYP\u0000E a counter\n", "a NUL at the start of a comment"],
    ["# HELP a\u0000 x\n", "a NUL after the name in a HELP"],
  ];
  for (const [text, message] of table) {
    assertThrows(() => scanMeta(toBytes(text), 0), SyntaxError, message);
  }
});

Deno.test("scanMeta() reads a HELP text up to its limit, and looks at the whole of it", () => {
  const help = (length: number, end = "") => {
    const meta = scanMeta(toBytes(`# HELP a ${"x".repeat(length)}${end}\n`), 0);
    return meta.kind === "help" ? meta.help?.length : meta.kind;
  };
  assertEquals([help(4096), help(4097), help(100_000)], [4096, undefined, undefined]);
  const broken = Uint8Array.of(...toBytes(`# HELP a ${"x".repeat(5000)}`), 0xff, 0x0a);
  assertThrows(() => scanMeta(broken, 0), SyntaxError, "a HELP text that is not UTF-8");
});
