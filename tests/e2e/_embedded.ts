/**
 * The program as a node of the lab's tailnet, in the network of node a: what it is set to, and what
 * it tells on its own loopback.
 *
 * @module
 */

import type { Lab, LabNode, LabServer } from "./_lab.ts";
import type { Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

/** A directory of its own: what one run keeps of its node must not be found by the next one. */
export async function makeDenoDir(): Promise<string> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  const denoDir = await Deno.makeTempDir({ prefix: "tsmetrics-node-" });
  await Deno.symlink(npmCache, `${denoDir}/npm`);
  return denoDir;
}

/** One of the auth keys of the lab. */
export async function authKeyOf(lab: Lab, name: "KEY_EXPORTER" | "KEY_USER"): Promise<string> {
  const keys = await Deno.readTextFile(`${lab.variable("DIR")}/hs/keys`);
  return new RegExp(`^${name}=(.*)$`, "m").exec(keys)?.[1] ?? "";
}

/** Settings of a program that joins the lab's tailnet and scrapes what is in it. */
export async function embeddedSettings(lab: Lab, denoDir: string): Promise<Settings> {
  return {
    ...lab.innerApiSettings,
    DENO_DIR: denoDir,
    USE_TSNET: "true",
    TSNET_HOSTNAME: "embedded",
    TS_AUTHKEY: await authKeyOf(lab, "KEY_EXPORTER"),
    TSNET_TAGS: "exporter",
    TSNET_ALLOW: "alice@example.com",
    TS_DEBUG_USE_DERP_HTTP: "1",
    SCRAPE_TAG: "",
    SCRAPE_INTERVAL: "2s",
    CLIENT_METRICS_TIMEOUT: "2s",
    PEERS_INTERVAL: "5s",
    NATIVE_INTERVAL: "5s",
    RATE_LIMIT_BURST: "1000",
    HISTORY_STORE: "off",
  };
}

/** What the program on a node answers to a request from its own machine, whatever the status. */
export async function askHere(lab: Lab, path: string, node: LabNode = "a"): Promise<string> {
  const url = `http://127.0.0.1:9100${path}`;
  return await lab.run(["exec", node, "curl", "-sS", "--max-time", "10", url]);
}

/** More than a node takes to start on a busy machine, which compiles 20 MB of WebAssembly then. */
const MOST_STATE_MS = 180_000;

/** Until the embedded node of the program on a node is in this state. */
export async function untilState(lab: Lab, state: string, node: LabNode = "a"): Promise<void> {
  await until(`the embedded node to be ${state}`, async () => {
    const page = await askHere(lab, "/metrics", node).catch(() => "");
    return page.includes(`tsmetrics_tsnet_state{state="${state}"} 1\n`);
  }, MOST_STATE_MS);
}

/** What a part of a program has logged, without times; all of it once the program has ended. */
export function linesOf({ log }: LabServer, part: string): readonly string[] {
  return log.matching(new RegExp(` ${part} `)).map((line) => line.replace(/^\S+ /, ""));
}
