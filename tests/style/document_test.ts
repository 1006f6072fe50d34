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

/** Documents for users and contributors; the changelog tells of other times. */
const DOCUMENTS: readonly string[] = (await filesBelow(""))
  .filter((path) => /^(?:docs\/|deploy\/)?[\w-]+\.md$/.test(path) && path !== "CHANGELOG.md");
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

/** Variables that documents name and that are not settings: of the platform, tools, Tailscale. */
const FOREIGN_VARIABLES: readonly string[] = [
  // The name of a family, of Prometheus.
  "ALERTS_FOR_STATE",
  "GRAFANA_TOKEN",
  "GRAFANA_URL",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "LAB_HEADSCALE_XZ",
  "LAB_TUN",
  "MALLOC_ARENA_MAX",
  "MALLOC_MMAP_THRESHOLD_",
  "NO_COLOR",
  "NO_PROXY",
  "OTEL_DENO",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "TEXTFILE_DIRECTORY",
  "TS_ENABLE_METRICS",
];

Deno.test("links in documents lead to files and headings that are there", async () => {
  const files = await filesBelow("");
  const broken: string[] = [];
  assert(DOCUMENTS.length > 8);
  for (const path of [...DOCUMENTS, "CHANGELOG.md"]) {
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

Deno.test("README.md is short and leads to every document", async () => {
  const readme = await textOf("README.md");
  const size = new TextEncoder().encode(readme).length;
  assert(size <= 12_000, `README.md has ${size} bytes, wanted 12,000 at most: move some to docs/`);
  const linked = [...readme.matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map(([, path]) => path);
  assertEquals(DOCUMENTS.filter((path) => path !== "README.md" && !linked.includes(path)), []);
});

Deno.test("documents name settings that exist", async () => {
  const unknown: string[] = [];
  for (const path of DOCUMENTS) {
    const text = (await textOf(path)).split("\n").map(withoutOtherPrograms(path)).join("\n");
    for (const [, name = ""] of text.matchAll(/`([A-Z][A-Z\d]*_[A-Z\d_]*)(?:=[^`]*)?`/g)) {
      if (VARIABLES.includes(name) || FOREIGN_VARIABLES.includes(name)) continue;
      // The beginning of several, such as `LIMIT_PAGE_`.
      if (name.endsWith("_") && VARIABLES.some((each) => each.startsWith(name))) continue;
      unknown.push(`${path}: ${name}`);
    }
  }
  assertEquals(unknown, []);
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
      for (const [whole, word] of line.matchAll(/^(?:\.\/)?tsmetrics(?:-host)?(?: (\S+))?/g)) {
        count++;
        if (word !== undefined && !isCommand(word)) wrong.push(whole);
      }
      for (const [, name = ""] of line.matchAll(/(?:^|export |-e | )([A-Z][A-Z_]+)(?==|\s|$)/g)) {
        count++;
        if (!VARIABLES.includes(name) && !FOREIGN_VARIABLES.includes(name)) wrong.push(name);
      }
    }
  }
  assertEquals(wrong, []);
  assert(count > 10, `only ${count} words were looked at`);
});

Deno.test("documents name metrics that exist, but for those of other programs", async () => {
  const unknown: string[] = [];
  for (const path of DOCUMENTS) {
    const text = (await textOf(path)).split("\n").map(withoutOtherPrograms(path)).join("\n");
    for (const [name] of text.matchAll(/(?<!:)\b(?:tailscaled?|tsmetrics|process)_[a-z_]+\*?/g)) {
      const isThere = name.endsWith("*")
        ? METRICS.some((each) => each.startsWith(name.slice(0, -1)))
        : METRICS.includes(name) || PEERS_METRICS.some(({ labels }) => labels.includes(name));
      if (!isThere) unknown.push(`${path}: ${name}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("docs/endpoints.md has the routes, and says which require the token", async () => {
  const rows = tableRows(await textOf("docs/endpoints.md"));
  const told = rows.flatMap(([paths = "", , token]) =>
    [...paths.matchAll(/`([^`]+)`/g)].map(([, path]) => `${path} ${token}`)
  );
  const views = fakeViews();
  const routes = [...createRoutes(views, createMetricsAnswer({ page: views.page }))]
    .map(([path, { access }]) => `${path} ${access === "guarded" ? "yes" : "no"}`);
  assertEquals(told.sort(), routes.sort());
});

Deno.test("docs/commands.md has the commands of the command line", async () => {
  const rows = tableRows(await textOf("docs/commands.md"));
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

/** Takes from a row of the migration tables what it says about another program. */
function withoutOtherPrograms(path: string): (line: string) => string {
  if (path !== "docs/migrating.md") return (line) => line;
  return (line) => /^\|.*(\|[^|]*\|)$/.exec(line)?.[1] ?? line;
}

/** Lines of the `sh` blocks, comments taken away. */
function shellLines(text: string): readonly string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/(?:^|\s)#.*$/, ""));
}

/** The rows of all tables, as trimmed cells. */
function tableRows(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|.*\|$/gm)]
    .map(([row]) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The anchors of a document's headings, as GitHub makes them. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}
