import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";
import { VERSION } from "../../src/version.ts";
import { renderChartFiles } from "../../tools/chart.ts";
import { openSettings, OWN_VALUES, SECRET_KEYS } from "../../tools/chart/own_values.ts";
import { IMAGE, REPOSITORY } from "../../tools/project.ts";

type Tree = { readonly [name: string]: Tree };

const VALUES = Deno.readTextFileSync("deploy/helm/values.yaml");

/** The value at a path, or undefined. */
function at(tree: Tree, path: string): unknown {
  return path.split(".").reduce<Tree | undefined>((node, name) => node?.[name], tree);
}

Deno.test("renderChartFiles() writes what stands in deploy/helm", () => {
  for (const [path, content] of renderChartFiles(VALUES)) {
    assertEquals(Deno.readTextFileSync(path), content, `${path}: run "deno task chart"`);
  }
});

Deno.test("each setting has one place among the values", () => {
  const open = [false, true].flatMap((isSecret) => openSettings(isSecret))
    .map(({ variable }) => variable);
  const all = SETTING_ROWS.map(([, { variable }]) => variable);
  assertEquals([...open, ...OWN_VALUES.keys()].sort(), [...all].sort());
  for (const [variable, path] of OWN_VALUES) {
    assert(at(parse(VALUES), path) !== undefined, `${variable}: there is no value ${path}`);
  }
});

Deno.test("the schema takes values by the names of settings, and no others", () => {
  const schema = parse(Deno.readTextFileSync("deploy/helm/values.schema.json")) as Tree;
  for (const [name, isSecret] of [["settings", false], ["secretSettings", true]] as const) {
    const settings = at(schema, `properties.${name}`) as Tree;
    const wanted = openSettings(isSecret).map(({ variable }) => variable);
    assertEquals(Object.keys(settings.properties ?? {}), wanted);
    assertEquals(settings.additionalProperties as unknown, false);
  }
});

Deno.test("the chart reads every secret setting of a user's own Secret", () => {
  const template = Deno.readTextFileSync("deploy/helm/templates/_env.tpl");
  const [, names = ""] = /define "tsmetrics.secretNames"(.*?)define/s.exec(template) ?? [];
  const read = [...names.matchAll(/^- ([A-Z_]+)$/gm)].map(([, name]) => name);
  // It has a template of its own.
  const wanted = SECRET_KEYS.filter((name) => name !== "TS_AUTHKEY");
  assertEquals(read.sort(), [...wanted].sort());
});

Deno.test("chart and manifests name this version and this project", () => {
  const chart = parse(Deno.readTextFileSync("deploy/helm/Chart.yaml")) as Record<string, unknown>;
  assertEquals([chart.version, chart.appVersion], [VERSION, VERSION]);
  assertEquals([chart.name, chart.home], ["tsmetrics", `https://github.com/${REPOSITORY}`]);
  assertEquals(at(parse(VALUES), "image.repository"), IMAGE);
  // The tailscaled that the e2e tests run against.
  const [, tailscale] = /^TAILSCALE_VERSION=(.+)$/m
    .exec(Deno.readTextFileSync("tests/e2e/versions.sh")) ?? [];
  assertEquals(at(parse(VALUES), "tailscale.tsnet.image.tag"), tailscale);
  for (
    const path of ["docker-compose.sidecar.yaml", "kustomize/components/sidecar/tailscaled.yaml"]
  ) {
    const text = Deno.readTextFileSync(`deploy/${path}`);
    const tags = [...text.matchAll(/image: tailscale\/tailscale:(\S+)/g)].map(([, tag]) => tag);
    assertEquals([...new Set(tags)], [tailscale], path);
  }
  const base = Deno.readTextFileSync("deploy/kustomize/base/kustomization.yaml");
  assertEquals(parse(base).images, [{ name: IMAGE, newTag: `v${VERSION}` }]);
  assert(Deno.readTextFileSync("deploy/kubernetes.yaml").includes(`image: ${IMAGE}:v${VERSION}\n`));
});
