import { assertEquals, assertThrows } from "@std/assert";
import {
  buildEnvironment,
  compileArguments,
  permissionFaults,
  PERMISSIONS,
  V8_FLAGS,
} from "../../tools/compile.ts";

Deno.test("permissionFaults() finds nothing wrong with what we promise", () => {
  assertEquals(permissionFaults({ ...PERMISSIONS, allow_read: null, deny_net: null }), []);
});

Deno.test("permissionFaults() finds more and less than we promise", () => {
  assertEquals(permissionFaults({ ...PERMISSIONS, allow_read: ["."] }), [
    `allow_read is ["."], wanted null`,
  ]);
  assertEquals(permissionFaults({ ...PERMISSIONS, allow_net: null, prompt: true }), [
    "allow_net is null, wanted []",
    "prompt is true, wanted false",
  ]);
  assertEquals(permissionFaults({ ...PERMISSIONS, allow_everything: true }), [
    "allow_everything is true, wanted null",
  ]);
});

Deno.test("compileArguments() names a platform only if told", () => {
  const [envFile, output] = ["a.env", "b"];
  const here = compileArguments({ envFile, output });
  assertEquals(here.some((each) => each.startsWith("--target")), false);
  assertEquals(
    compileArguments({ target: "x86_64-apple-darwin", envFile, output })
      .filter((each) => !here.includes(each)),
    ["--target=x86_64-apple-darwin"],
  );
});

Deno.test("buildEnvironment() embeds two variables and no odd character", () => {
  assertEquals(
    buildEnvironment("1.2.3-rc.1", "2026-01-02T03:04:05Z"),
    "VERSION=1.2.3-rc.1\nBUILD_TIME=2026-01-02T03:04:05Z\n",
  );
  assertThrows(() => buildEnvironment("1\nA=2", "x"), SyntaxError, "odd characters");
  assertThrows(() => buildEnvironment("1", ""), SyntaxError, 'Cannot embed ""');
});

Deno.test("V8_FLAGS are those of every task that runs the program", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json")) as {
    readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  };
  const running = Object.values(tasks).filter(({ command }) => command.includes("src/main.ts"));
  assertEquals(running.length, 3);
  for (const { command } of running) {
    assertEquals(/--v8-flags=(\S+)/.exec(command)?.[1], V8_FLAGS, command);
  }
});
