import { assert, assertEquals, assertMatch } from "@std/assert";

/** Files for the runner, by name: two that are all right, and each way to fail. */
const FILES: Readonly<Record<string, string>> = {
  fails: `Deno.test("good", () => {});
Deno.test("bad", () => { throw new Error("on purpose"); });`,
  hangs: `Deno.test("endless", () => new Promise((go) => setTimeout(go, 60_000)));`,
  ignored: `Deno.test.ignore("not here", () => {});`,
  lane: `Deno.test("lane", () => console.log("lab " + Deno.env.get("LAB_DIR")));`,
  throws: `throw new Error("outside of a test");`,
};

interface Output {
  readonly code: number;
  readonly stdout: string;
}

/** Runs some of the files; where they are stands as "DIR" in the output. */
async function runFiles(names: readonly string[], timeout: string): Promise<Output> {
  const folder = await Deno.makeTempDir({ prefix: "tsm-run-" });
  try {
    const paths = names.map((name) => `${folder}/${name}_test.ts`);
    for (const [at, name] of names.entries()) {
      await Deno.writeTextFile(paths[at] ?? "", FILES[name] ?? "");
    }
    const { code, stdout } = await new Deno.Command("tests/e2e/run.sh", {
      args: paths,
      env: { NO_COLOR: "1", E2E_TIMEOUT: timeout, LAB_DIR: `${folder}/lab` },
      stdin: "null",
      stderr: "null",
    }).output();
    return {
      code,
      stdout: new TextDecoder().decode(stdout).replaceAll(RegExp(`[./]*${folder}`, "g"), "DIR"),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("run.sh names each failure once, and counts what did not end or compile", async () => {
  const { code, stdout } = await runFiles(["fails", "hangs", "ignored", "throws"], "15s");
  assertEquals(code, 1);
  assertMatch(stdout, /^not here \.\.\. ignored/m);
  assert(stdout.includes("on purpose"), stdout);
  const end = stdout.slice(stdout.indexOf("\n FAILURES"));
  assertEquals(
    end.replace(/\(\d+m\d+s\)/, "(TIME)").replace(/:\d+:\d+$/gm, ""),
    `
 FAILURES

bad => DIR/fails_test.ts
all of the file: took more than 15s => DIR/hangs_test.ts
all of the file: status 1 => DIR/throws_test.ts

FAILED | 1 passed | 3 failed (TIME)
`,
  );
});

Deno.test("run.sh gives each lane a lab of its own, and ends with 0 when all pass", async () => {
  const { code, stdout } = await runFiles(["lane", "ignored"], "60s");
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /^lab DIR\/lab-[01]$/m);
  assertMatch(stdout, /\nok \| 1 passed \| 0 failed \(0m\d+s\)\n$/);
});
