import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { isCommand } from "../../src/config/command.ts";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";
import { DOCUMENTS, FOREIGN_VARIABLES, VARIABLES } from "./documents.ts";
import { findRiddles } from "./plain_english.ts";
import { filesBelow, textOf } from "./tree.ts";

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

Deno.test("documents are in plain English", async () => {
  const riddles: string[] = [];
  for (const path of DOCUMENTS) {
    for (const message of findRiddles(await textOf(path))) riddles.push(`${path}: ${message}`);
  }
  assertEquals(riddles, []);
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

Deno.test("functions and classes that the architecture names are in the file that it names", async () => {
  const files = await filesBelow("src/");
  const text = await textOf("docs/architecture.md");
  const pairs = [...text.matchAll(/`(\w+)(?:\.\w+)?(?:\(\))?` (?:in |\()`([\w/]+\.tsx?)`/g)];
  assert(pairs.length > 10);
  const wrong: string[] = [];
  for (const [, name = "", path = ""] of pairs) {
    const texts = await Promise.all(
      files.filter((file) => `/${file}`.endsWith(`/${path}`)).map(textOf),
    );
    const declares = new RegExp(`\\b(?:class|function|interface) ${name}\\b|\\n  ${name}: {`);
    if (!texts.some((source) => declares.test(source))) wrong.push(`${name} ${path}`);
  }
  assertEquals(wrong, []);
});

/** The second is merged with the first. */
const COMPOSE_FILES = ["deploy/docker-compose.yaml", "deploy/docker-compose.sidecar.yaml"];

Deno.test("the compose file sets variables that exist, and its Prometheus asks our port", async () => {
  const names: string[] = [];
  for (const path of COMPOSE_FILES) {
    const service = /\n {2}tsmetrics:\n([\s\S]*?)\n {2}\w+:\n/.exec(await textOf(path))?.[1] ?? "";
    const found = [...service.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name = ""]) => name);
    assert(found.length > 1, path);
    names.push(...found);
  }
  assertEquals(names.filter((name) => !VARIABLES.includes(name)), []);
  const port = SETTING_ROWS.find(([key]) => key === "port")?.[1].default;
  assertStringIncludes(await textOf("deploy/prometheus/prometheus.yml"), `["tsmetrics:${port}"]`);
});

Deno.test("chart, nginx, documents and page use the port of ACCESS_LISTEN's example", async () => {
  const example = SETTING_ROWS.find(([key]) => key === "accessListen")?.[1].example ?? "";
  const port = /:(\d+)$/.exec(example)?.[1] ?? "none";
  const [, inChart] = /^access:\n(?: .*\n)*? {2}port: (\d+)$/m
    .exec(await textOf("deploy/helm/values.yaml")) ?? [];
  assertEquals(inChart, port);
  assertStringIncludes(await textOf("deploy/nginx/nginx.conf"), `syslog:server=${example},`);
  for (const path of ["deploy/docker-compose.yaml", "docs/access.md", "src/ui/_access.tsx"]) {
    assertStringIncludes(await textOf(path), `ACCESS_LISTEN=${example}`, path);
  }
});

Deno.test("every unit and container has a bound of its memory", async () => {
  const units = (await filesBelow("deploy/systemd/")).filter((path) => path.endsWith(".service"));
  assert(units.length > 3);
  for (const path of units) assertMatch(await textOf(path), /^MemoryMax=\d+[MG]$/m, path);
  assertMatch(await textOf("deploy/nix/module.nix"), /\bMemoryMax = "\d+[MG]";/);
  const services = (await Promise.all(COMPOSE_FILES.map(textOf))).flatMap((compose) =>
    compose.slice(compose.indexOf("\nservices:\n"), compose.indexOf("\nvolumes:\n"))
      .split(/^ {2}(?=[\w-]+:$)/m).slice(1)
  );
  assert(services.length > 6);
  // The second file changes the exporter of the first.
  const added = services.filter((service) => !service.includes("LOCALAPI_SOCKET"));
  assertEquals(services.length - added.length, 1);
  for (const service of added) assertMatch(service, /^ {4}mem_limit: \d+[mg]$/m);
});

/** Lines of the `sh` blocks, comments taken away. */
function shellLines(text: string): readonly string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/(?:^|\s)#.*$/, ""));
}

/** The anchors of a document's headings, as GitHub makes them. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}
