import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { REPOSITORY } from "../../tools/project.ts";
import { textOf } from "../style/tree.ts";

const WORKFLOW = ".github/workflows/main.yml";

interface Result {
  readonly code: number;
  readonly text: string;
}

/** Runs a tool of tests/e2e/install.sh: the variable of its folder, and the rest of the command. */
async function runTool(folder: string, command: string): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `. tests/e2e/versions.sh && exec "$${folder}"/${command}`],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

/** A file with this text in a folder of its own, while the function runs. */
async function withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-workflow-" });
  try {
    await Deno.writeTextFile(`${folder}/main.yml`, text);
    return await use(`${folder}/main.yml`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("actionlint takes the workflow, and finds a fault that is put into it", async () => {
  const lint = (path: string) => runTool("ACTIONLINT_DIR", `actionlint ${path}`);
  assertEquals(await lint(WORKFLOW), { code: 0, text: "" });
  const spoilt = (await textOf(WORKFLOW)).replace("github.ref }}", "github.reff }}");
  const { code, text } = await withFile(spoilt, lint);
  assertEquals(code, 1, text);
});

Deno.test("zizmor finds nothing, and finds a fault that is put into it", async () => {
  const audit = (path: string) =>
    runTool("ZIZMOR_DIR", `bin/zizmor --offline --no-progress ${path}`);
  const { code, text } = await audit(".github");
  assertEquals(code, 0, text);
  assertStringIncludes(text, "No findings to report");
  const spoilt = (await textOf(WORKFLOW))
    .replace(/actions\/checkout@\w+ # v[\d.]+/, "actions/checkout@v6");
  const found = await withFile(spoilt, audit);
  assert(found.code !== 0, found.text);
});

Deno.test("gitleaks finds no secret outside tests/, and finds a key of Tailscale", async () => {
  const scan = (path: string) =>
    runTool("GITLEAKS_DIR", `gitleaks dir --no-banner --redact -c .gitleaks.toml ${path}`);
  const made = (kind: string) => `key: ${kind}-k5Xw2pQ9ZtCNTRL-q8RtYv3bNm6Lk2Jh7Gf4Ds9Aa1Zx5Cv\n`;
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-secrets-" });
  try {
    // what the repository has; not what else lies in the checkout, and not tests/, which
    // .gitleaks.toml leaves out, too
    const archive = "git -c safe.directory='*' archive HEAD . ':!tests' | tar -x -C \"$0\"";
    const { code: failed } = await new Deno.Command("bash", {
      args: ["-o", "pipefail", "-c", archive, folder],
    }).output();
    assertEquals(failed, 0);
    await Deno.lstat(`${folder}/Dockerfile`);
    const { code, text } = await scan(folder);
    assertEquals(code, 0, text);
    await Deno.writeTextFile(`${folder}/Dockerfile`, made("tskey-auth"), { append: true });
    assertEquals((await scan(`${folder}/Dockerfile`)).code, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  for (const kind of ["tskey-api", "tskey-client", "tskey-auth", "hskey-api"]) {
    const { code, text } = await withFile(made(kind), scan);
    assertEquals(code, 1, `${kind}: ${text}`);
  }
});

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, string>>;
  }[];
}

Deno.test("the workflow pins each action by commit, and calls tasks and scripts that exist", async () => {
  const text = await textOf(WORKFLOW);
  for (const [line] of text.matchAll(/^.*\buses:.*$/gm)) {
    assertMatch(
      line,
      /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+(?: # zizmor: ignore\[[\w-]+\])?$/,
    );
  }
  const { jobs, permissions } = parse(text) as {
    readonly jobs: Readonly<Record<string, Job>>;
    readonly permissions: unknown;
  };
  assertEquals(permissions, {});
  const { tasks } = JSON.parse(await textOf("deno.json"));
  for (const [name, job] of Object.entries(jobs)) {
    const writes = Object.entries(job.permissions ?? {})
      .filter(([what, how]) => how === "write" && what !== "security-events");
    assert(writes.length === 0 || ["publish-image", "release"].includes(name), name);
    for (const { run = "" } of job.steps) {
      for (const [, task = ""] of run.matchAll(/deno task (\S+)/g)) {
        assert(Object.hasOwn(tasks, task), `${name}: ${task}`);
      }
    }
  }
});

Deno.test("release.sh sets the time that the bundle takes over before it compiles", async () => {
  const text = await textOf("tools/release.sh");
  const touches = text.indexOf('touch -d "@$SOURCE_DATE_EPOCH" src/main.ts\n');
  assert(touches > 0 && touches < text.indexOf("deno task -q compile"));
});

Deno.test("release.sh takes the section of its version from CHANGELOG.md as notes", async () => {
  const command = /^ *(awk .*) CHANGELOG\.md >/m.exec(await textOf("tools/release.sh"))?.[1] ?? "";
  const notes = async (version: string) => {
    const { stdout } = await new Deno.Command("bash", {
      args: [
        "-c",
        `printf %s "$0" | ${command}`,
        "# A\n## [Unreleased]\n\nu\n\n## [1.2.3] - 2026\n\n### Added\n\n- x\n\n## [1.2.3-rc.1]\n\n- y\n",
      ],
      env: { version },
    }).output();
    return new TextDecoder().decode(stdout);
  };
  assertEquals(await notes("1.2.3"), "\n### Added\n\n- x\n\n");
  assertEquals(await notes("1.2.3-rc.1"), "\n- y\n");
  assertEquals(await notes("1.2"), "");
});

Deno.test("pack.sh gives the same bytes whatever the times of files, as tar and as zip", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-pack-" });
  const pack = async (name: string) => {
    const { code, stderr } = await new Deno.Command(`${Deno.cwd()}/tools/pack.sh`, {
      args: [name, "b.txt", "a"],
      cwd: folder,
      env: { SOURCE_DATE_EPOCH: "1750000000" },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    return await Deno.readFile(`${folder}/${name}`);
  };
  try {
    await Deno.mkdir(`${folder}/a`);
    await Deno.writeTextFile(`${folder}/a/c.txt`, "c");
    await Deno.writeTextFile(`${folder}/b.txt`, "b");
    for (const kind of ["tar.gz", "zip"]) {
      const first = await pack(`first.${kind}`);
      await Deno.utime(`${folder}/b.txt`, 1_700_000_000, 1_700_000_000);
      assertEquals(await pack(`second.${kind}`), first, kind);
    }
    const list = await new Deno.Command("unzip", { args: ["-Z1", `${folder}/first.zip`] }).output();
    assertEquals(new TextDecoder().decode(list.stdout), "a/c.txt\nb.txt\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("publish_image.sh tags main, releases and prereleases", async () => {
  const tagsOf = async (ref: string) => {
    const { stdout } = await new Deno.Command("tools/publish_image.sh", {
      args: [ref],
      env: { PRINT_TAGS: "yes" },
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).replaceAll(`ghcr.io/${REPOSITORY}`, "").trim();
  };
  const both = (...tags: readonly string[]) =>
    [`:${tags.join("\n:")}`, `-host:${tags.join("\n-host:")}`].join("\n");
  assertEquals(await Promise.all(["main", "v1.2.3", "v1.2.3-rc.1", "feature"].map(tagsOf)), [
    both("main"),
    both("v1.2.3", "v1.2", "latest"),
    both("v1.2.3-rc.1"),
    "",
  ]);
});

Deno.test("publish_release.sh makes a prerelease of a tag with a hyphen, which is not latest", async () => {
  const commandOf = async (tag: string) => {
    const { code, stdout } = await new Deno.Command("tools/publish_release.sh", {
      args: [tag],
      env: { PRINT_COMMAND: "yes" },
      stderr: "null",
    }).output();
    return [code, new TextDecoder().decode(stdout).trim()];
  };
  assertStringIncludes(await textOf(WORKFLOW), 'run: tools/publish_release.sh "$GITHUB_REF_NAME"');
  const notes = "--verify-tag --notes-file dist/notes/notes.md";
  assertEquals(await Promise.all(["v1.2.3", "v1.2.3-rc.1", "main"].map(commandOf)), [
    [0, `gh release create v1.2.3 ${notes}`],
    [0, `gh release create v1.2.3-rc.1 ${notes} --prerelease --latest=false`],
    [1, ""],
  ]);
});

Deno.test("a weekly run and a push of the same branch do not cancel each other", async () => {
  const { concurrency } = parse(await textOf(WORKFLOW)) as {
    readonly concurrency: { readonly group: string };
  };
  assertEquals(concurrency.group, "main-${{ github.event_name }}-${{ github.ref }}");
});

Deno.test("the workflow tests what is in the image, and scans both images and their contents", async () => {
  const { jobs } = parse(await textOf(WORKFLOW)) as {
    readonly jobs: Readonly<Record<string, Job>>;
  };
  const steps = jobs.image?.steps ?? [];
  assert(steps.some(({ run }) => run === "deno task image:test"));
  const scans = steps.filter(({ uses = "" }) => uses.startsWith("aquasecurity/trivy-action@"))
    .map((step) => step.with?.["image-ref"] ?? step.with?.["scan-ref"]);
  assertEquals(scans, ["tsmetrics", "tsmetrics-host", "tsmetrics.cdx.json"]);
});
