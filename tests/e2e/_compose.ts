/**
 * The compose files of `deploy/`, as compose-go reads them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { runTool, versionOf } from "./_tool.ts";

/** The files that `docker compose` gets, in the folder that it is run in. */
export const FILES: readonly string[] = ["docker-compose.yaml", "docker-compose.sidecar.yaml"];

/** A service as Docker Compose reads it. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly target?: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[] | null;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly network_mode?: string;
  readonly user?: string;
  readonly ports?: readonly { readonly host_ip?: string; readonly target: number }[];
  readonly volumes?: readonly {
    readonly type: string;
    readonly source: string;
    readonly target: string;
  }[];
}

/** All services that are started, by name. */
export type Services = Readonly<Record<string, Service>>;

/** The `.env` that docs/deployment.md shows with this setting, with a key in place of each `…`. */
export async function shownEnv(setting: string): Promise<string> {
  const page = (await Deno.readTextFile("docs/deployment.md")).split("\n## Docker Compose\n")[1];
  const blocks = [...(page ?? "").matchAll(/```sh\n([^]*?)```/g)].map(([, text = ""]) => text);
  const found = blocks.filter((text) => text.split("\n").some((each) => each.startsWith(setting)));
  assertEquals(found.length, 1, `docs/deployment.md shows ${setting} in ${found.length} blocks`);
  return (found[0] ?? "").replaceAll("…", "k1-x");
}

/**
 * The services that `docker compose up` starts.
 *
 * @param env The content of the `.env` beside the files.
 */
export async function readServices(
  env: string,
  change: (text: string) => string = (text) => text,
): Promise<Services> {
  const folder = await Deno.makeTempDir({ prefix: "tsm-compose-" });
  try {
    for (const name of FILES) {
      const text = await Deno.readTextFile(`deploy/${name}`);
      await Deno.writeTextFile(`${folder}/${name}`, change(text));
    }
    await Deno.writeTextFile(`${folder}/.env`, env);
    const output = await runTool(`${await versionOf("COMPOSE_DIR")}/compose`, [folder]);
    const project: { readonly services: Services } = JSON.parse(
      output.replaceAll(folder, "deploy"),
    );
    return project.services;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One of them. */
export function serviceOf(services: Services, name: string): Service {
  const service = services[name];
  assert(service !== undefined, `there is no service ${name}`);
  return service;
}
