import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

Deno.test("parseArgs() splits flags from the rest", () => {
  const unknown: string[] = [];
  const parsed = parseArgs(["check", "--port", "1", "-j", "--x=2"], {
    string: ["port"],
    boolean: ["json"],
    alias: { j: "json" },
    unknown: (arg, key) => {
      if (key !== undefined) unknown.push(arg);
      return key === undefined;
    },
  });
  assertEquals([parsed._, parsed.port, parsed.json, parsed.x], [["check"], "1", true, undefined]);
  assertEquals(unknown, ["--x=2"]);
});
