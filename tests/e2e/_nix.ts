/**
 * What `deploy/nix` says, evaluated by Nix itself. nixpkgs is not at hand, so the part of its
 * library in use is that of `_nix/lib.nix`; nothing is built, and nothing outside a folder is
 * written.
 *
 * @module
 */

import { assert } from "@std/assert";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A value of an option, as JSON. */
export type NixValue = string | number | boolean | { readonly [name: string]: NixValue };

/** An option. */
export interface NixOption {
  /** The name of its type. */
  readonly type: string;
  /** What it is unless set; the text of the expression where it is no constant. */
  readonly default: NixValue;
  /** For people. */
  readonly description: string;
}

/** A service as NixOS takes it. */
export interface NixService {
  /** For people. */
  readonly description: string;
  /** Units before it. */
  readonly after: readonly string[];
  /** Units that want it; absent for one that a timer starts. */
  readonly wantedBy?: readonly string[];
  /** Seconds in which it may be started a few times only; 0 for no such limit. */
  readonly startLimitIntervalSec: number;
  /** Variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its section "Service"; a list is a line for each. */
  readonly serviceConfig: Readonly<
    Record<string, string | number | boolean | readonly string[]>
  >;
}

/** A timer as NixOS takes it. */
export interface NixTimer {
  /** Units that want it. */
  readonly wantedBy: readonly string[];
  /** Its section "Timer". */
  readonly timerConfig: Readonly<Record<string, string>>;
}

/** What the module makes of settings. */
export interface NixModule {
  /** The options below `atro.tailscale`, some in groups. */
  readonly options: Readonly<Record<string, NixOption | Readonly<Record<string, NixOption>>>>;
  /** Services by name. */
  readonly services: Readonly<Record<string, NixService>>;
  /** Timers by name. */
  readonly timers: Readonly<Record<string, NixTimer>>;
  /** Rules for folders. */
  readonly tmpfiles: { readonly rules?: readonly string[] };
}

/** Runs a program of Nix on a store of its own, which is gone at the end. */
export async function nix(command: string, ...args: readonly string[]) {
  const folder = await Deno.makeTempDir({ prefix: "tsm-nix-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      cwd: ROOT,
      stdin: "null",
      env: {
        HOME: folder,
        NIX_STATE_DIR: `${folder}/state`,
        NIX_STORE_DIR: `${folder}/store`,
        NIX_CONFIG: "build-users-group =\nexperimental-features = nix-command flakes",
      },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+w", folder] }).output();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The value of an expression, as JSON; the checkout is its folder. */
export async function evaluate(expression: string): Promise<string> {
  const args = ["--eval", "--strict", "--json", "--expr", expression];
  const { code, stdout, stderr } = await nix("nix-instantiate", ...args);
  assert(code === 0, stderr);
  return stdout;
}

/** What the module makes of settings of `atro.tailscale`, a Nix expression. */
export async function evaluateModule(settings: string): Promise<NixModule> {
  return JSON.parse(await evaluate(`import ./tests/e2e/_nix/module.nix ${settings}`));
}

/** A service as the lines of its section, sorted; without its environment. */
export function serviceLines({ serviceConfig }: NixService): readonly string[] {
  return Object.entries(serviceConfig)
    .flatMap(([key, value]) => [value].flat().map((each) => `${key}=${each}`))
    .sort();
}

/** The file that NixOS makes of a service, but for what it adds on its own. */
export function serviceText(service: NixService): string {
  const environment = Object.entries(service.environment)
    .map(([name, value]) => `Environment="${name}=${value}"`);
  return [
    "[Unit]",
    `Description=${service.description}`,
    `After=${service.after.join(" ")}`,
    `StartLimitIntervalSec=${service.startLimitIntervalSec}`,
    "[Service]",
    ...environment,
    ...Object.entries(service.serviceConfig)
      .flatMap(([key, value]) => [value].flat().map((each) => `${key}=${each}`)),
    "",
  ].join("\n");
}
