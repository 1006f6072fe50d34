/**
 * The command `identity`: prints the identity of the embedded node, for a backup or for a host
 * without storage.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { controlKey, formatIdentity, keepIdentity } from "../embedded/mod.ts";
import type { Runtime } from "../runtime.ts";
import { controlUrlOf } from "../source/mod.ts";
import { openStore } from "../store.ts";

/**
 * Prints one line.
 *
 * @returns 0, or 1 if there is no identity for the name and the control plane.
 */
export async function runIdentity(config: Config, runtime: Runtime): Promise<number> {
  let fault = "";
  const store = openStore(() => runtime.storage(), {
    onLost: (sentence) => fault = `: ${sentence}`,
  });
  const hostname = config.tsnetHostname;
  const controlUrl = controlKey(controlUrlOf(config));
  const values = keepIdentity(store, { hostname, controlUrl }).load();
  if (Object.keys(values).length === 0) {
    const place = controlUrl === "" ? "Tailscale" : controlUrl;
    runtime.writeLine(`There is no identity of ${hostname} at ${place}${fault}.`);
    return 1;
  }
  await runtime.write(new TextEncoder().encode(`${formatIdentity(values)}\n`));
  return 0;
}
