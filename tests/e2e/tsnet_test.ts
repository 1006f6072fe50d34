import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { bundleWorker, formatSums, joinWorker } from "../../tools/tsnet.ts";

/** A file of the build that `install.sh` put into the checkout. */
async function readBuilt(name: string): Promise<string> {
  return await Deno.readTextFile(`src/embedded/dist/${name}`);
}

Deno.test("the module that was built is the one of the kept checksums", async () => {
  const packed = await readBuilt("module.txt");
  const module = new Uint8Array(gunzipSync(Uint8Array.fromBase64(packed)));
  const [line = ""] = (await formatSums(new Map([["tsnet.wasm", module]]))).split("\n");
  const kept = (await Deno.readTextFile("tools/tsnet/SHA256SUMS")).split("\n");
  assert(kept.includes(line), "run `deno task tsnet`");
});

Deno.test("the Worker that was built is what its sources make", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-worker-" });
  try {
    // Go's own part, of which no source is here, is between the two of ours.
    const [before = "", after = ""] = joinWorker("|", await bundleWorker(folder)).split(/\|(.*)/s);
    const built = await readBuilt("worker.txt");
    assert(built.startsWith(before));
    assertEquals(built.slice(-after.length), after, "run `deno task tsnet`");
    const wasmExec = built.slice(before.length, -after.length);
    assert(wasmExec.trimStart().startsWith("// Copyright 2018 The Go Authors."), wasmExec);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the unit tests of the Go sources pass", async () => {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "tsnet:test"],
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals(code, 0, output);
  const tested = [...output.matchAll(/^ok +\t(\S+)\t/gm)].map(([, name]) => name);
  assertEquals(tested.sort(), [
    "github.com/coder/websocket",
    "tsnet/hedge",
    "tsnet/stream",
    "tsnet/turn",
  ], output);
});
