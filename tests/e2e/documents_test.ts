/**
 * What documents show as configuration, taken by Prometheus, and as output, given by the program.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DOCUMENTS } from "../style/documents.ts";
import { UNHURRIED_DEMO } from "./_demo.ts";
import { Program, runProgram } from "./_program.ts";
import { runTool, versionOf } from "./_tool.ts";

/** Keys of Prometheus that a block may begin with. */
const PROMETHEUS_KEYS = ["scrape_configs", "rule_files", "groups", "relabel_configs"];

async function blocks(language: string): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const path of DOCUMENTS) {
    const pattern = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms");
    for (const [, text = ""] of (await Deno.readTextFile(path)).matchAll(pattern)) {
      found.push([path, text]);
    }
  }
  return found;
}

/**
 * A fragment as a whole configuration. Debian's promtool is built without discovery by Kubernetes;
 * helm_network_test.ts holds what such a job looks for against what there is.
 */
function complete(text: string): string {
  const known = text.replaceAll(
    /^( +)kubernetes_sd_configs:\n(?:\1 +.*\n)+/gm,
    "$1static_configs: [{ targets: [a] }]\n",
  );
  return /^relabel_configs:/m.test(known)
    ? `scrape_configs:\n  - job_name: a\n${known.replaceAll(/^/gm, "    ")}`
    : known;
}

Deno.test("promtool takes every configuration that documents show", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/shown.yml`;
    const found = await blocks("yaml");
    assert(found.length > 6, `only ${found.length} blocks were found`);
    for (const [path, text] of found) {
      const key = PROMETHEUS_KEYS.find((each) => new RegExp(`^${each}:`, "m").test(text));
      assert(key !== undefined, `${path}: what reads this?\n${text}`);
      await Deno.writeTextFile(file, complete(text));
      const args = key === "groups" ? ["rules"] : ["config", "--syntax-only"];
      const { code, stdout, stderr } = await new Deno.Command("promtool", {
        args: ["check", ...args, file],
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertEquals(code, 0, `${path}:\n${text}\n${said}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Caddy takes what docs/access.md shows of its configuration", async () => {
  const found = await blocks("caddyfile");
  assertEquals(found.map(([path]) => path), ["docs/access.md"]);
  const folder = await Deno.makeTempDir();
  try {
    for (const [, text] of found) {
      await Deno.writeTextFile(`${folder}/Caddyfile`, `http://127.0.0.1:8080 {\n${text}}\n`);
      const { code, stdout, stderr } = await new Deno.Command("caddy", {
        args: ["adapt", "--config", `${folder}/Caddyfile`, "--adapter", "caddyfile"],
        env: { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const { logging } = JSON.parse(new TextDecoder().decode(stdout));
      const writer = { address: "tcp/127.0.0.1:5514", output: "net" };
      assertEquals(logging.logs.log0.writer, writer);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("headscale takes the policy that docs/tailnet.md shows for it", async () => {
  const policies = (await blocks("json")).filter(([, text]) => text.includes('"acls"'));
  assertEquals(policies.map(([path]) => path), ["docs/tailnet.md"]);
  const headscale = `${await versionOf("HEADSCALE_DIR")}/headscale`;
  const folder = await Deno.makeTempDir();
  try {
    const [config, policy] = [`${folder}/headscale.yaml`, `${folder}/policy.hujson`];
    // It opens no port: it reads the users from its database, and the policy.
    await Deno.writeTextFile(
      config,
      `server_url: http://127.0.0.1:1
noise: { private_key_path: ${folder}/noise.key }
prefixes: { v4: 100.64.0.0/10 }
derp: { urls: [], paths: [] }
dns: { magic_dns: false, base_domain: example.com, override_local_dns: false }
database: { type: sqlite, sqlite: { path: ${folder}/db.sqlite } }
disable_check_updates: true
`,
    );
    for (const [, text] of policies) {
      await Deno.writeTextFile(policy, text);
      const how = ["--force", "--bypass-grpc-and-access-database-directly"];
      const said = await runTool(headscale, [
        "-c",
        config,
        "policy",
        "check",
        ...how,
        "-f",
        policy,
      ]);
      assertStringIncludes(said, "Policy is valid");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the program says what docs/commands.md shows of wrong settings", async () => {
  const text = await Deno.readTextFile("docs/commands.md");
  const shown = /```console\n\$ PORT=x tsmetrics (.*)\n([\s\S]*?)```/.exec(text);
  const { code, stderr } = await runProgram((shown?.[1] ?? "").split(" "), { PORT: "x" });
  assertEquals(code, 2);
  const said = stderr.split("\n");
  const missing = (shown?.[2] ?? "-").split("\n")
    .filter((line) => line !== "…" && !said.includes(line));
  assertEquals(missing, [], stderr);
});

Deno.test("/health has the members that docs/endpoints.md shows, in their order", async () => {
  const text = await Deno.readTextFile("docs/endpoints.md");
  const shown = /```console\n\$ curl .*\/health\n([\s\S]*?)```/.exec(text)?.[1] ?? "{}";
  await using program = await Program.start({ TEST_DEVICES: "demo" });
  const response = await fetch(`${program.origin}/health`);
  assertEquals(memberNames(JSON.parse(shown)), memberNames(await response.json()));
});

/** The names of all members, those of objects inside after a dot: `["a", "b", "b.c"]`. */
function memberNames(value: unknown, prefix = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    `${prefix}${name}`,
    ...memberNames(member, `${prefix}${name}.`),
  ]);
}

Deno.test("the program answers with the lines that README.md shows of /metrics", async () => {
  const { code, stdout } = await runProgram(["once"], UNHURRIED_DEMO);
  assertEquals(code, 0);
  const readme = await Deno.readTextFile("README.md");
  const shown = /```console\n\$ curl .*\/metrics\n([\s\S]*?)```/.exec(readme)?.[1] ?? "-";
  const series = (line: string) => line.startsWith("#") ? line : line.replace(/ \S+$/, "");
  const given = stdout.split("\n").map(series);
  const missing = shown.trimEnd().split("\n").map(series)
    .filter((line) => line !== "…" && !given.includes(line));
  assertEquals(missing, []);
});
