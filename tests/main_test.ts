import { assertEquals } from "@std/assert";

/** Runs the program on a demo of one device, and looks at its output only as long as asked to. */
async function run(args: readonly string[], isReading: boolean) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P", "--no-prompt", "src/main.ts", ...args],
    env: { TEST_DEVICES: "gateway-1", LOG_LEVEL: "error", NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code }, output, errors] = await Promise.all([
    child.status,
    isReading ? new Response(child.stdout).text() : child.stdout.cancel().then(() => ""),
    new Response(child.stderr).text(),
  ]);
  return { code, output, errors };
}

Deno.test("main ends quietly when its output is not read any more", async () => {
  const read = await run(["once"], true);
  assertEquals([read.code, read.errors], [0, ""]);
  assertEquals(await run(["once"], false), { ...read, output: "" });
});
