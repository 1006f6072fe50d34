import { assert, assertEquals } from "@std/assert";
import { sourceFiles, valueImportsOf, valueSpecifiers } from "./tree.ts";

const COMMANDS = ["serve", "once", "check", "healthcheck", "tailnet", "completion"].map((
  name,
) => `src/commands/${name}.ts`);

/** What a command loads by `await import` only, where it is configured. */
const LATE: readonly RegExp[] = [
  /^src\/access\//,
  /^src\/analytics\.ts$/,
  /^src\/http\/analytics\.ts$/,
  /^src\/demo\//,
  /^src\/embedded\/(?!_worker\.ts$)/,
  /^src\/own_node\//,
  /^src\/sidecar\//,
  /^src\/http\/_?bridge/,
  /^src\/http\/json_api\.ts$/,
  /^src\/http\/(?:event_stream|_live_body)\.ts$/,
  /^src\/api\//,
  /^src\/http\/auth\/_bcrypt/,
  /^src\/http\/ui\.ts$/,
  /^src\/ui\/asset\.ts$/,
  /^src\/headscale\//,
  /^src\/tailscale\//,
  /^src\/host\.ts$/,
  /^src\/store\.ts$/,
  /^src\/monitor\//,
  /^src\/database\.ts$/,
  /^src\/push\//,
  /^src\/(?:alerts|archive|jobs|notify)\//,
  /^src\/history\/(?!node_class\.ts$)/, // check classifies nodes
  /^src\/collectors\/host\//,
  /^src\/paths\/(?!healing\.ts$|path_metric\.ts$)/, // an exit code; names that METRICS_DROP may give
];

/** What a command may load at once, because the command is about it. */
const OWN: Readonly<Record<string, RegExp>> = {
  "src/commands/tailnet.ts": /^src\/(?:(?:embedded|own_node)\/|store\.ts$)/,
};

Deno.test("valueSpecifiers() takes what is loaded with a file, whichever way it is written", () => {
  const text = `
import "./a.ts";
import b from "./b.ts";
import * as c from "./c.ts";
import { d, type D } from "./d.ts";
import {
  e,
} from "./e.ts";
import f, { g } from "./f.ts";
export { h } from "./h.ts";
export * from "./i.ts";
import type { J } from "./j.ts";
export type { K } from "./k.ts";
const { l } = await import("./l.ts");
// import { m } from "./m.ts";
`;
  const names = valueSpecifiers(text).map((specifier) => specifier.slice(2, -3));
  assertEquals(names, ["a", "b", "c", "d", "e", "f", "h", "i"]);
});

Deno.test("a command loads demo, bridge, our own node and what only this host needs when they are wanted", async () => {
  for (const command of COMMANDS) {
    const loaded = await loadedBy(command);
    const early = loaded.filter((path) =>
      LATE.some((late) => late.test(path)) && OWN[command]?.test(path) !== true
    );
    assertEquals(early, [], `${command} loads them whatever is configured`);
  }
});

Deno.test("main.ts loads no command before it knows which", async () => {
  const loaded = await loadedBy("src/main.ts");
  assert(loaded.includes("src/config/setting_table.ts"));
  assertEquals(loaded.filter((path) => path.startsWith("src/commands/")), []);
});

Deno.test("what is loaded late is there, and is loaded with its first file", async () => {
  const late = (await Promise.all(
    [
      "src/host.ts",
      "src/analytics.ts",
      "src/http/analytics.ts",
      "src/http/bridge.ts",
      "src/http/json_api.ts",
      "src/http/event_stream.ts",
      "src/http/auth/_bcrypt.ts",
      "src/http/ui.ts",
      "src/demo/mod.ts",
      "src/headscale/mod.ts",
      "src/monitor/monitor.ts",
      "src/database.ts",
      "src/monitor/backfill.ts",
      "src/embedded/mod.ts",
      "src/own_node/mod.ts",
      "src/sidecar/mod.ts",
    ].map(loadedBy),
  )).flat();
  const sources = await sourceFiles();
  for (const each of LATE) {
    assert(sources.some((path) => each.test(path)), `${each} names no file`);
    assert(late.some((path) => each.test(path)), `${each} is not loaded at all`);
  }
});

/** The files of `src/` that are loaded with a file, itself included. */
async function loadedBy(first: string): Promise<readonly string[]> {
  const loaded = new Set([first]);
  for (const path of loaded) {
    for (const target of await valueImportsOf(path)) loaded.add(target);
  }
  return [...loaded].sort();
}
