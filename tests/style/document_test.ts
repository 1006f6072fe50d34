import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PEERS_METRICS } from "../../src/collectors/host/mod.ts";
import {
  CLIENT_METRICS,
  DEVICE_METRICS,
  EXPORTER_METRICS,
  SCRAPE_METRICS,
} from "../../src/collectors/mod.ts";
import { COMMANDS, isCommand } from "../../src/config/command.ts";
import { SETTING_ROWS } from "../../src/config/table.ts";
import { DEFAULT_LIMITS } from "../../src/exposition/_limit.ts";
import { createMetricsAnswer } from "../../src/http/metrics.ts";
import { createRoutes } from "../../src/http/route.ts";
import { fakeViews } from "../http/_fake_views.ts";
import { KEEPALIVE_METRICS, WATCHDOG_METRICS } from "../../src/paths/mod.ts";
import { filesBelow, textOf } from "./tree.ts";

const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs/architecture.md",
  "docs/configuration.md",
  "docs/metrics.md",
];
const VARIABLES: readonly string[] = SETTING_ROWS.map(([, { variable }]) => variable);
const METRICS: readonly string[] = [
  ...DEVICE_METRICS,
  ...CLIENT_METRICS,
  ...SCRAPE_METRICS,
  ...EXPORTER_METRICS,
  ...PEERS_METRICS,
  ...KEEPALIVE_METRICS,
  ...WATCHDOG_METRICS,
].map(({ name }) => name);

Deno.test("links in documents lead to files and headings that are there", async () => {
  const files = await filesBelow("");
  const broken: string[] = [];
  const documents = files.filter((path) => /^(?:docs\/|deploy\/)?[\w-]+\.md$/.test(path));
  assert(documents.length > 8);
  for (const path of documents) {
    for (const [, target = ""] of (await textOf(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const url = new URL(target, `file:///${path}`);
      const file = url.pathname.slice(1);
      const isFolder = files.some((path) => path.startsWith(`${file}/`));
      const isThere = isFolder || files.includes(file) &&
          (url.hash === "" || headings(await textOf(file)).includes(url.hash.slice(1)));
      if (!isThere) broken.push(`${path}: ${target}`);
    }
  }
  assertEquals(broken, []);
});

Deno.test("commands in documents name tasks, commands and variables that exist", async () => {
  const tasks = Object.keys(JSON.parse(await textOf("deno.json")).tasks);
  const wrong: string[] = [];
  let count = 0;
  for (const path of DOCUMENTS) {
    for (const line of shellLines(await textOf(path))) {
      for (const [whole, task = ""] of line.matchAll(/\bdeno\S* task (\S+)/g)) {
        count++;
        if (!tasks.includes(task)) wrong.push(whole);
      }
      for (const [whole, word] of line.matchAll(/^(?:\.\/)?tsmetrics(?: (\S+))?/g)) {
        count++;
        if (word !== undefined && !isCommand(word)) wrong.push(whole);
      }
      for (const [, name = ""] of line.matchAll(/(?:^|export |-e | )([A-Z][A-Z_]+)(?==|\s|$)/g)) {
        count++;
        if (!VARIABLES.includes(name) && !/^LAB_/.test(name)) wrong.push(name);
      }
    }
  }
  assertEquals(wrong, []);
  assert(count > 10, `only ${count} words were looked at`);
});

Deno.test("documents name metrics that exist, but for those the Go program had", async () => {
  const unknown: string[] = [];
  for (const path of DOCUMENTS) {
    const text = (await textOf(path)).split("\n").map(withoutGoColumn).join("\n");
    for (const [name] of text.matchAll(/(?<!:)\b(?:tailscaled?|tsmetrics|process)_[a-z_]+\*?/g)) {
      const isThere = name.endsWith("*")
        ? METRICS.some((each) => each.startsWith(name.slice(0, -1)))
        : METRICS.includes(name) || PEERS_METRICS.some(({ labels }) => labels.includes(name));
      if (!isThere) unknown.push(`${path}: ${name}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("the README's endpoints are the routes, and say which want the token", async () => {
  const rows = tableBelow(await textOf("README.md"), "## Endpoints");
  const told = rows.flatMap(([paths = "", , token]) =>
    [...paths.matchAll(/`([^`]+)`/g)].map(([, path]) => `${path} ${token}`)
  );
  const views = fakeViews();
  const routes = [...createRoutes(views, createMetricsAnswer({ page: views.page }))]
    .map(([path, { access }]) => `${path} ${access === "guarded" ? "yes" : "no"}`);
  assertEquals(told.sort(), routes.sort());
});

Deno.test("the README's commands are those of the command line", async () => {
  const rows = tableBelow(await textOf("README.md"), "## Commands");
  const told = rows.flatMap(([names = ""]) =>
    [...names.matchAll(/`tsmetrics (\w+)`/g)].map(([, name]) => name)
  );
  assertEquals(told.sort(), Object.keys(COMMANDS).sort());
});

Deno.test("the README's limits of a page are those of the relabeler", async () => {
  const { maxBytes, maxLines, maxSamples, maxFamilies } = DEFAULT_LIMITS;
  const [lines, series] = [maxLines, maxSamples].map((count) => count.toLocaleString("en-US"));
  const wanted = `${
    maxBytes / 2 ** 20
  } MiB, ${lines} lines, ${series} series and ${maxFamilies} families`;
  assertStringIncludes(await textOf("README.md"), wanted);
});

Deno.test("the architecture's tree has each part of src/, and nothing else", async () => {
  const text = await textOf("docs/architecture.md");
  const tree = /```\nsrc\/\n([\s\S]*?)\ntests\//.exec(text)?.[1] ?? "";
  const told = tree.split("\n").flatMap((line) =>
    (/^ {2}(\S.*?)(?: {2}|$)/.exec(line)?.[1] ?? "").split(" ")
  ).map((name) => name.replace(/\.ts$|\/$/, ""));
  const parts = (await filesBelow("src/")).map((path) => /^src\/([a-z_]+)/.exec(path)?.[1]);
  assertEquals([...new Set(told)].sort(), [...new Set(parts)].sort());
});

Deno.test("files that the architecture names are there", async () => {
  const files = await filesBelow("");
  const named = [
    ...(await textOf("docs/architecture.md")).matchAll(/`((?:src|tests|tools)\/\S+)`/g),
  ]
    .map(([, path = ""]) => path);
  assert(named.length > 10);
  assertEquals(named.filter((path) => !files.some((file) => file.startsWith(path))), []);
});

Deno.test("the compose file sets variables that exist, and its Prometheus asks our port", async () => {
  const compose = await textOf("deploy/docker-compose.yml");
  const service = /\n {2}tsmetrics:\n([\s\S]*?)\n {2}\w+:\n/.exec(compose)?.[1] ?? "";
  const names = [...service.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name = ""]) => name);
  assert(names.length > 2);
  assertEquals(names.filter((name) => !VARIABLES.includes(name)), []);
  const port = SETTING_ROWS.find(([key]) => key === "port")?.[1].default;
  assertStringIncludes(await textOf("deploy/prometheus/prometheus.yml"), `["tsmetrics:${port}"]`);
});

Deno.test("every unit and container of ours has a bound of its memory", async () => {
  const units = (await filesBelow("deploy/systemd/")).filter((path) => path.endsWith(".service"));
  assert(units.length > 3);
  for (const path of units) assertMatch(await textOf(path), /^MemoryMax=\d+[MG]$/m, path);
  assertMatch(await textOf("deploy/nix/module.nix"), /\bMemoryMax = "\d+[MG]";/);
  const compose = await textOf("deploy/docker-compose.yml");
  assertMatch(compose, /\n {2}tsmetrics:\n(?: {4}.*\n| *\n)*? {4}mem_limit: \d+[mg]\n/);
});

/** A row of the migration table without what it says about the other program. */
function withoutGoColumn(line: string): string {
  return line.replace(/^(\|[^|]*)\|[^|]*(\|[^|]*\|)$/, "$1$2");
}

/** Lines of the `sh` blocks, comments taken away. */
function shellLines(text: string): readonly string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/(?:^|\s)#.*$/, ""));
}

/** The rows of the first table below a heading, as trimmed cells. */
function tableBelow(text: string, heading: string): readonly (readonly string[])[] {
  const section = text.slice(text.indexOf(`${heading}\n`));
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? "";
  return table.trimEnd().split("\n").slice(2)
    .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The anchors of a document's headings, as GitHub makes them. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

Deno.test("README.md gives two replicas the configuration of docs/sharding.md", async () => {
  const full = await textOf("docs/sharding.md");
  const start = full.indexOf("## Two replicas");
  const short = (await textOf("README.md")).split("Two replicas side by side")[1] ?? "";
  const blocks = [...short.split("\n## ")[0]?.matchAll(/^```yaml\n(.*?)^```$/gms) ?? []];
  assertEquals(blocks.length, 2);
  for (const [, block = ""] of blocks) {
    const text = block.replace(/ # .*/, "");
    assert(full.includes(text.slice(0, -1), start), text);
  }
});
