import { assertEquals, assertRejects } from "@std/assert";
import { withTemporary } from "../../tools/temporary.ts";

/** Names in a folder. */
async function list(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Makes a file and a folder with a file, and gives the paths of both and of nothing. */
async function make(folder: string): Promise<readonly string[]> {
  await Deno.writeTextFile(`${folder}/kept`, "");
  await Deno.writeTextFile(`${folder}/a.env`, "");
  await Deno.mkdir(`${folder}/app/src`, { recursive: true });
  await Deno.writeTextFile(`${folder}/app/src/main.js`, "");
  return [`${folder}/a.env`, `${folder}/app`, `${folder}/none`];
}

Deno.test("withTemporary() removes files and folders after a step, and if it throws", async () => {
  await Deno.mkdir(".tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: ".tmp", prefix: "temporary-" });
  try {
    const paths = await make(folder);
    assertEquals(await withTemporary(paths, () => list(folder)), ["a.env", "app", "kept"]);
    assertEquals(await list(folder), ["kept"]);
    await make(folder);
    const failing = () => Promise.reject(new Error("Cannot compile"));
    await assertRejects(() => withTemporary(paths, failing), Error, "Cannot compile");
    assertEquals(await list(folder), ["kept"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "withTemporary() removes them if a signal ends the process",
  ignore: Deno.build.os === "windows",
  async fn() {
    await Deno.mkdir(".tmp", { recursive: true });
    const folder = await Deno.makeTempDir({ dir: ".tmp", prefix: "temporary-" });
    try {
      for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
        const paths = await make(folder);
        const program = `import { withTemporary } from "${
          import.meta.resolve("../../tools/temporary.ts")
        }";
          await withTemporary(${JSON.stringify(paths)}, async () => {
            console.log("runs");
            await new Promise((resolve) => setTimeout(resolve, 60_000));
          });`;
        const child = new Deno.Command(Deno.execPath(), {
          args: ["run", "--no-lock", `--allow-write=${folder}`, "-"],
          stdin: "piped",
          stdout: "piped",
        }).spawn();
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode(program));
        await writer.close();
        const reader = child.stdout.getReader();
        assertEquals(new TextDecoder().decode((await reader.read()).value), "runs\n");
        child.kill(signal);
        assertEquals([(await child.status).code, await list(folder)], [code, ["kept"]]);
        await reader.cancel();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
