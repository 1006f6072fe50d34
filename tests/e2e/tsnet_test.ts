import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { loadParts } from "../../src/embedded/_parts.ts";
import { givenIdentity } from "../../src/embedded/identity.ts";
import { EmbeddedNode } from "../../src/embedded/node.ts";
import { delay } from "../../src/time/delay.ts";
import { bundleWorker, formatSums, joinWorker } from "../../tools/tsnet.ts";
import { until } from "../_support/until.ts";
import { cutOff } from "./_fault.ts";

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

Deno.test("the Worker outlives a control plane that breaks its answers off", async () => {
  const { module, workerCode } = await loadParts();
  let asked = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response(cutOff('{"publicKey":"mkey:…"}'));
  });
  const restarts: string[] = [];
  const node = new EmbeddedNode({
    module,
    hostname: "cut-off",
    controlUrl: `http://127.0.0.1:${server.addr.port}`,
    authKey: () => Promise.resolve("tskey-auth-x"),
    hasAuthKey: true,
    identity: givenIdentity({}, () => {}),
    openWorker: () =>
      new Worker(
        `data:text/javascript;base64,${new TextEncoder().encode(workerCode).toBase64()}`,
        { type: "module" },
      ),
    delay,
    now: Date.now,
    elapsed: () => performance.now(),
    onRestart: (reason) => restarts.push(reason),
  });
  node.start();
  try {
    // The code that logs in tries again within a second.
    await until("more than one attempt", () => asked >= 4);
  } finally {
    await node.close();
  }
  assertEquals(restarts, []);
});
