import { assertEquals } from "@std/assert";
import plugin from "./plugin.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const OPENING = "/**\n * Words.\n *\n * @module\n */\n";

/** What the plugin says about a file of ours: "rule: message", one line each. */
function complaints(path: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, ROOT + path, source)
    .map((each) => `${each.id.replace("house/", "")}: ${each.message}`);
}

Deno.test.each([
  {
    name: "against the direction",
    path: "src/devices/scrape.ts",
    source: `import { serve } from "../http/serve.ts";`,
    said: [`import-direction: "devices" must not import "http"`],
  },
  {
    name: "of a type against the direction",
    path: "src/devices/scrape.ts",
    source: `import type { Handler } from "../http/serve.ts";`,
    said: [`import-direction: "devices" must not import "http"`],
  },
  {
    name: "inside a type",
    path: "src/devices/scrape.ts",
    source: `export type A = import("../http/serve.ts").Handler;`,
    said: [`import-direction: "devices" must not import "http"`],
  },
  {
    name: "at run time",
    path: "src/devices/scrape.ts",
    source: `export const a = () => import("../http/serve.ts");`,
    said: [
      `top-level-function: Top level uses \`function\`; arrows are for closures`,
      `import-direction: "devices" must not import "http"`,
    ],
  },
  {
    name: "by exporting again",
    path: "src/devices/scrape.ts",
    source: `export { serve } from "../http/serve.ts";`,
    said: [`import-direction: "devices" must not import "http"`],
  },
  {
    name: "along the direction",
    path: "src/http/handler.ts",
    source:
      `import { negotiate } from "../exposition/mod.ts"; import { Secret } from "../secret/secret.ts";`,
    said: [],
  },
  {
    name: "of the standard library, by its name, from where no edge leads to it",
    path: "src/exposition/block.ts",
    source: `import { assert } from "@std/assert";`,
    said: [`import-direction: "exposition" must not import "std"`],
  },
  {
    name: "of the platform into the exposition library",
    path: "src/exposition/block.ts",
    source: `import { Buffer } from "node:buffer";`,
    said: [`import-direction: "src/exposition/block.ts" must not import "node:buffer"`],
  },
  {
    name: "of anything into a leaf",
    path: "src/secret/secret.ts",
    source: `import { describeError } from "../errors.ts";`,
    said: [`import-direction: "secret" must not import "errors"`],
  },
  {
    name: "of the logging library past its door",
    path: "src/http/handler.ts",
    source: `import { getLogger } from "@logtape/logtape";`,
    said: [`import-direction: "src/http/handler.ts" must not import "@logtape/logtape"`],
  },
  {
    name: "of the logging library through its door",
    path: "src/log/log.ts",
    source: `import { getLogger } from "@logtape/logtape";`,
    said: [],
  },
  {
    name: "of a package that has no door",
    path: "src/devices/scrape.ts",
    source: `import { delay } from "some-package";`,
    said: [`import-direction: "src/devices/scrape.ts" must not import "some-package"`],
  },
  {
    name: "of an address",
    path: "src/devices/scrape.ts",
    source: `import { x } from "https://example.com/x.ts";`,
    said: [`import-direction: "src/devices/scrape.ts" must not import "https://example.com/x.ts"`],
  },
  {
    name: "of tests into the program",
    path: "src/devices/scrape.ts",
    source: `import { x } from "../../tests/x.ts";`,
    said: [`import-direction: "src/devices/scrape.ts" must not import "../../tests/x.ts"`],
  },
  {
    name: "of a private file from outside its folder",
    path: "src/http/handler.ts",
    source: `import { x } from "../devices/_scan.ts";`,
    said: [`private-file: "src/devices/_scan.ts" is private to its folder`],
  },
  {
    name: "of a private file from its folder",
    path: "src/exposition/block.ts",
    source: `import { x } from "./_scan.ts";`,
    said: [],
  },
  {
    name: "past the one door of a folder",
    path: "src/http/metrics.ts",
    source: `import { negotiate } from "../exposition/negotiate.ts";`,
    said: [`one-door: "src/exposition/negotiate.ts" is not the door of its folder`],
  },
  {
    name: "of a type past the one door of a folder",
    path: "src/page/section.ts",
    source: `import type { Block } from "../exposition/block.ts";`,
    said: [`one-door: "src/exposition/block.ts" is not the door of its folder`],
  },
  {
    name: "past the one door by a test of another folder",
    path: "tests/bench/page_bench.ts",
    source: `import { Section } from "../../src/page/section.ts";`,
    said: [`one-door: "src/page/section.ts" is not the door of its folder`],
  },
  {
    name: "of a file behind the door by a test of its folder",
    path: "tests/page/section_test.ts",
    source: `import { Section } from "../../src/page/section.ts";`,
    said: [],
  },
  {
    name: "of the page into the exposition library",
    path: "src/exposition/block.ts",
    source: `import type { Section } from "../page/mod.ts";`,
    said: [`import-direction: "exposition" must not import "page"`],
  },
  {
    name: "of one collector into another",
    path: "src/collectors/device_collector.ts",
    source: `import { x } from "./scrape_collector.ts";`,
    said: [
      `collector-apart: No collector imports another: "src/collectors/device_collector.ts" imports "src/collectors/scrape_collector.ts"`,
    ],
  },
  {
    name: "of one collector of the host into another",
    path: "src/collectors/host/peers_collector.ts",
    source: `import { x } from "./native_collector.ts"; import { y } from "./_peer_page.ts";`,
    said: [
      `collector-apart: No collector imports another: "src/collectors/host/peers_collector.ts" imports "src/collectors/host/native_collector.ts"`,
    ],
  },
  {
    name: "of what all collectors share",
    path: "src/collectors/device_collector.ts",
    source: `import { x } from "./collection_loop.ts"; import { y } from "./exporter_metrics.ts";`,
    said: [],
  },
])("house plugin judges an import $name", ({ path, source, said }) => {
  assertEquals([...complaints(path, OPENING + source)].sort(), [...said].sort());
});

Deno.test.each([
  { rule: "no-private", source: "export class A { private b = 1; }" },
  { rule: "no-private", source: "export class A { protected b(): void {} }" },
  { rule: "no-parameter-property", source: "export class A { constructor(private b: number) {} }" },
  { rule: "no-enum", source: "export enum A { b }" },
  { rule: "no-namespace", source: "export namespace a { export const b = 1; }" },
  { rule: "no-star-export", source: `export * from "./b.ts";` },
  { rule: "no-default-export", source: "export default 1;" },
  { rule: "top-level-function", source: "export const a = (): void => {};" },
  { rule: "platform", source: `export const a = Deno.env.get("A");` },
])("house/$rule finds $source", ({ rule, source }) => {
  const said = Deno.lint.runPlugin(plugin, `${ROOT}src/http/a.ts`, OPENING + source);
  assertEquals(said.map((each) => each.id), [`house/${rule}`]);
});

Deno.test.each([
  { source: "export class A { #b = 1; readonly c = 2; d(): number { return this.#b; } }" },
  { source: `export type A = "b" | "c"; export { d } from "./d.ts";` },
  { source: "export function a(): void { const b = (): void => {}; b(); }" },
  { source: "export let client: Deno.HttpClient;" },
  { source: `declare module "a" { export const b = 1; }` },
  { source: "declare global { interface Window { a: 1 } }" },
])("house plugin accepts $source", ({ source }) => {
  assertEquals(complaints("src/http/a.ts", OPENING + source), []);
});

Deno.test("house/platform knows the files that may touch the platform", () => {
  assertEquals(complaints("src/main.ts", `${OPENING}Deno.exit(1);`), []);
  assertEquals(complaints("tests/a_test.ts", "Deno.exit(1);"), []);
});

Deno.test("house/module-comment wants the comment to come first", () => {
  const missing = ["module-comment: The file does not open with a @module comment"];
  assertEquals(complaints("src/http/a.ts", "export {};"), missing);
  assertEquals(complaints("src/http/a.ts", "/** Words. */\nexport {};"), missing);
  assertEquals(complaints("src/http/a.ts", `import "./b.ts";\n${OPENING}`), missing);
  assertEquals(complaints("src/http/a.ts", `#!/usr/bin/env deno\n${OPENING}`), []);
  assertEquals(complaints("tests/http/a_test.ts", "export {};"), []);
});

Deno.test("house/file-name wants names that tell something, in snake case", () => {
  for (const name of ["utils.ts", "helper.ts", "common.ts", "types.ts", "index.ts"]) {
    assertEquals(complaints(`src/http/${name}`, OPENING), [
      `file-name: The name "${name}" says nothing about what is inside`,
    ]);
  }
  assertEquals(complaints("tests/fakeClock.ts", ""), [
    `file-name: The name "fakeClock.ts" is not in snake case`,
  ]);
  assertEquals(complaints("src/http/_rate_limit.ts", OPENING), []);
});
