/**
 * Runs an embedded node in the lab, freezes and crashes its Go program, sends 2 MB to a server, and
 * prints how it came back; then has it spin, which no Worker comes back from. A program of its
 * own: the real one has no way to do that.
 *
 *     deno run -P tests/e2e/_faulty_node.ts CONTROL_URL AUTH_KEY TARGET PORT
 *
 * @module
 */

import { loadParts } from "../../src/embedded/_parts.ts";
import { storedIdentity } from "../../src/embedded/identity.ts";
import { EmbeddedNode } from "../../src/embedded/node.ts";
import { openStore } from "../../src/store.ts";
import { delay } from "../../src/time/delay.ts";
import { Beats } from "./_beats.ts";
import { until } from "../_support/until.ts";

const [controlUrl = "", authKey = "", target = "", port = ""] = Deno.args;
const { module, workerCode } = await loadParts();
const code = new TextEncoder().encode(workerCode).toBase64();
const restarts: string[] = [];
const beats = new Beats();
const node = new EmbeddedNode({
  module,
  hostname: "faulty",
  controlUrl,
  authKey: () => Promise.resolve(authKey),
  hasAuthKey: true,
  identity: storedIdentity(openStore(), { hostname: "faulty", controlUrl }),
  env: { TS_DEBUG_USE_DERP_HTTP: "1" },
  openWorker: () => new Worker(`data:text/javascript;base64,${code}`, { type: "module" }),
  delay,
  beatMs: beats.beatMs,
  maxMissed: beats.maxMissed,
  now: Date.now,
  elapsed: () => performance.now(),
  onRestart(reason) {
    beats.restart();
    restarts.push(reason.split("\n", 1)[0] ?? "");
  },
  hasFaults: true,
});

async function running(after: number): Promise<string> {
  return await until("the node to run", () => {
    const { addresses: [address], state } = node.status;
    return state === "running" && node.restarts === after && address;
  });
}

function connect(timeoutMs: number) {
  const signal = AbortSignal.timeout(timeoutMs);
  return node.connect({ hostname: target, port: Number(port), signal });
}

/** Sends more than a send buffer holds, closes while it does, and waits for the server to end. */
async function send(): Promise<void> {
  const connection = await connect(30_000);
  const bytes = new Uint8Array(2_000_000);
  const last = bytes.length - 1_000;
  for (let at = 0; at < last;) at += await connection.write(bytes.subarray(at, last));
  const written = connection.write(bytes.subarray(last));
  connection.close();
  await written;
  await until("the server to end", async () => {
    try {
      (await connect(2_000)).close();
      return false;
    } catch (error) {
      return error instanceof Error && error.name === "ConnectionRefused";
    }
  });
}

node.start();
const addresses = [await running(0)];
for (const [count, fault] of (["block", "panic"] as const).entries()) {
  if (fault === "block") beats.freeze();
  node.fault(fault).catch(() => {});
  addresses.push(await running(count + 1));
}
await send();
beats.freeze();
node.fault("spin").catch(() => {});
const last = await until("the node to be stuck", () => node.status.state === "stuck" && "stuck");
await node.close();
console.log(JSON.stringify({ addresses, restarts, last }));
// The Worker that spins must not keep the process.
Deno.exit(0);
