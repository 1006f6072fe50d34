/**
 * The command `tailnet`: prints the identity of the embedded node for a backup or for a host
 * without storage, and keeps a backup in storage again.
 *
 * @module
 */

import type { Config, NodeAction } from "../config/mod.ts";
import {
  controlKey,
  describeNode,
  formatBackup,
  formatIdentity,
  hasLogin,
  identityKey,
  isHeld,
  mismatchOf,
  parseBackup,
  storedIdentity,
} from "../embedded/mod.ts";
import type { Runtime } from "../runtime.ts";
import { controlUrlOf } from "../source/mod.ts";
import { openStore } from "../store.ts";
import { type Delay, delay } from "../time/delay.ts";

/**
 * Prints one line, or keeps what `TSNET_STATE` has.
 *
 * @param wait Waits for another process that may use the identity. Default: a timer.
 * @returns 0, or 1 if there is no identity of a node that has joined, or it cannot be kept.
 */
export async function runTailnet(
  config: Config,
  runtime: Runtime,
  action: NodeAction,
  wait: Delay = delay,
): Promise<number> {
  if (config.tsnetMode === "sidecar") {
    const doing = action === "state" ? "print" : "restore";
    runtime.writeLine(
      `Cannot ${doing} the identity of a sidecar: its tailscaled keeps it. Copy the directory of ` +
        "its --statedir, or set TSNET_MODE=embedded for that of the embedded node.",
    );
    return 1;
  }
  return action === "state"
    ? await printState(config, runtime)
    : await restore(config, runtime, wait);
}

async function printState(config: Config, runtime: Runtime): Promise<number> {
  let fault = "";
  const store = openStore(() => runtime.storage(), {
    onLost: (sentence) => fault = `: ${sentence}`,
  });
  const { node, title } = nodeOf(config);
  const values = storedIdentity(store, node).load();
  if (Object.keys(values).length === 0) {
    const advice = fault === "" ? ` ${ADVICE}` : "";
    runtime.writeLine(`There is no identity of ${title}${fault}.${advice}`);
    return 1;
  }
  if (!hasLogin(values)) {
    runtime.writeLine(
      `The identity of ${title} is of no use yet: the node has never joined the tailnet. Run ` +
        "`tsmetrics` until /health says that it is running.",
    );
    return 1;
  }
  await runtime.write(new TextEncoder().encode(`${formatBackup(values, node)}\n`));
  return 0;
}

const ADVICE = "Run this with the settings, the user and the XDG_DATA_HOME of `tsmetrics serve`.";

async function restore(config: Config, runtime: Runtime, wait: Delay): Promise<number> {
  const { key, node, title } = nodeOf(config);
  const text = config.tsnetState?.reveal();
  const given = text === undefined ? undefined : parseBackup(text);
  if (given === undefined) {
    const got = text === undefined ? "nothing" : "a text that is no identity";
    runtime.writeLine(
      `Cannot restore the identity of ${title}: got ${got} in TSNET_STATE, want what ` +
        "`tsmetrics tailnet state` printed.",
    );
    return 1;
  }
  const mismatch = mismatchOf(given.node, node);
  if (mismatch !== undefined) {
    runtime.writeLine(
      `Cannot restore the identity of ${title}: got that of ${mismatch.title} in TSNET_STATE, ` +
        `want the settings of that node: ${mismatch.advice}.`,
    );
    return 1;
  }
  const storage = () => runtime.storage();
  if (await isHeld({ storage, key, delay: wait }, crypto.randomUUID())) {
    runtime.writeLine(
      `Cannot restore the identity of ${title}: another process is using one; stop it first.`,
    );
    return 1;
  }
  let fault: string | undefined;
  const store = openStore(storage, { onLost: (sentence) => fault = sentence });
  const isKept = store.set(key, formatIdentity(given.values));
  runtime.writeLine(
    isKept
      ? `Restored the identity of ${title}. TSNET_STATE is not needed any more.`
      : `Cannot restore the identity of ${title}: ${fault ?? "storage does not take it"}.`,
  );
  return isKept ? 0 : 1;
}

function nodeOf(config: Config) {
  const node = {
    hostname: config.tsnetHostname,
    controlUrl: controlKey(controlUrlOf(config)),
  };
  return { node, key: identityKey(node), title: describeNode(node) };
}
