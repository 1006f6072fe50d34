/**
 * A host of the lab for the tests of its side: its tailscaled asked by curl, traffic to its peers,
 * and the program in the flavour that may open the socket.
 *
 * @module
 */

import { delay } from "../../src/time/delay.ts";
import { assertEquals } from "@std/assert";
import type { SaidStatus } from "./_host_page.ts";
import type { Lab, LabNode } from "./_lab.ts";
import type { Finished, Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

const ROOT = new URL("../../", import.meta.url);

/** The host that is looked at from. */
export const HOST: LabNode = "a";

/** The path of tailscaled's socket on a real host, and the only one that the flavour may open. */
const USUAL_SOCKET = "/var/run/tailscale/tailscaled.sock";

/** The socket of a node's tailscaled. */
export function socketOf(lab: Lab, node: LabNode = HOST): string {
  return lab.variable(`${node.toUpperCase()}_SOCKET`);
}

/** The process id of a node's tailscaled. */
export async function pidOf(lab: Lab, node: LabNode = HOST): Promise<number> {
  const text = await Deno.readTextFile(`${lab.variable("DIR")}/pids/node-${node}`);
  return Number(text.split(" ")[0]);
}

/**
 * Stops a node's tailscaled until it is sent SIGCONT. The signal returns before the process has
 * stopped: each of its threads may still answer a request for a moment.
 *
 * @returns Its process id.
 */
export async function freeze(lab: Lab, node: LabNode = HOST): Promise<number> {
  const pid = await pidOf(lab, node);
  Deno.kill(pid, "SIGSTOP");
  await until(`the tailscaled of ${node} to stop`, async () => {
    const tasks = await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`));
    const stats = await Promise.all(
      tasks.map(({ name }) => Deno.readTextFile(`/proc/${pid}/task/${name}/stat`)),
    );
    // The state follows the name, which is in parentheses.
    return stats.every((stat) => stat.slice(stat.lastIndexOf(")") + 2).startsWith("T"));
  });
  return pid;
}

/** What a node's tailscaled answers to curl. */
export async function askLocal(
  lab: Lab,
  target: string,
  { method = "GET", node = HOST }: { readonly method?: string; readonly node?: LabNode } = {},
): Promise<string> {
  const { code, stdout, stderr } = await run("curl", [
    ...["-sS", "--fail", "--max-time", "10", "-X", method, "--unix-socket", socketOf(lab, node)],
    `http://local-tailscaled.sock/localapi/v0/${target}`,
  ]);
  assertEquals(code, 0, `${target}: ${stderr}`);
  return stdout;
}

/** What the host's tailscaled says of itself and its peers. */
export async function statusOf(lab: Lab, node: LabNode = HOST): Promise<SaidStatus> {
  return JSON.parse(await askLocal(lab, "status", { node }));
}

/** A number that the host's tailscaled counts for itself. */
export async function countOf(lab: Lab, name: string): Promise<number> {
  const page = await askLocal(lab, "metrics");
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(page)?.[1]);
}

/** Packets from a node through its tunnel to others, until it is disposed of. */
export function sendTraffic(
  lab: Lab,
  nodes: readonly LabNode[],
  from: LabNode = HOST,
): AsyncDisposable {
  const stop = new AbortController();
  const work = Promise.all(nodes.map(async (node) => {
    while (!stop.signal.aborted) {
      // A node out of reach gets its packets all the same.
      const target = `ping?ip=${lab.address(node)}&type=TSMP`;
      await run("curl", [
        ...["-sS", "--max-time", "1", "-X", "POST", "--unix-socket", socketOf(lab, from)],
        `http://local-tailscaled.sock/localapi/v0/${target}`,
      ]);
      await delay(300, stop.signal).catch(() => {});
    }
  }));
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await work;
    },
  };
}

/** What the flavour that may open tailscaled's socket is told, beside its other settings. */
export const SOCKET_SETTINGS: Settings = { LOCALAPI_SOCKET: USUAL_SOCKET };

/**
 * The command that starts `tsmetrics-host`, in a view of the files in which tailscaled's socket is
 * where it usually is: a link to another one.
 */
export function hostFlavour(socket: string): readonly string[] {
  const script = `mount -t tmpfs tmpfs /run && mkdir /run/tailscale && ` +
    `ln -s "$0" ${USUAL_SOCKET} && exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, socket]
    .concat(Deno.execPath(), "run", "-q", "-P=host", "--no-prompt", "src/main.ts");
}

/** A directory for Deno that shares everything with the usual one but what programs remember. */
export async function makeDenoDir(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "tsm-deno-" });
  const { stdout } = await run(Deno.execPath(), ["info", "--json"]);
  const { denoDir } = JSON.parse(stdout) as { readonly denoDir: string };
  for await (const { name } of Deno.readDir(denoDir)) {
    if (name !== "location_data") await Deno.symlink(`${denoDir}/${name}`, `${path}/${name}`);
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Runs a command with this process's environment, and more of it, to its end. */
export async function run(
  command: string,
  args: readonly string[],
  env: Settings = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
