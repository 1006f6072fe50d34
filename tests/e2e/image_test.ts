import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { FLAVOURS } from "../../tools/compile.ts";
import { freePort } from "../_support/free_port.ts";
import { type ImageConfig, ImageStore } from "./_image.ts";
import { runTool, versionOf } from "./_tool.ts";
import { until } from "../_support/until.ts";

/** The file for container-structure-test, as far as ours uses it. */
interface Structure {
  readonly metadataTest: {
    readonly user: string;
    readonly entrypoint: readonly string[];
    readonly cmd: readonly string[];
    readonly exposedPorts: readonly string[];
    readonly envVars: readonly { readonly key: string; readonly value: string }[];
    readonly labels: readonly { readonly key: string; readonly value: string }[];
  };
  readonly fileExistenceTests: readonly {
    readonly path: string;
    readonly shouldExist: boolean;
    readonly permissions?: string;
    readonly uid?: number;
    readonly gid?: number;
  }[];
  readonly commandTests: readonly {
    readonly name: string;
    readonly command: string;
    readonly args: readonly string[];
    readonly exitCode: number;
    readonly expectedOutput?: readonly string[];
    readonly expectedError?: readonly string[];
  }[];
}

async function readStructure(): Promise<Structure> {
  return parse(await Deno.readTextFile("tests/structure/container-test.yml"));
}

function checkMetadata(config: ImageConfig, wanted: Structure["metadataTest"]): void {
  assertEquals(config.User, wanted.user);
  assertEquals(config.Entrypoint, wanted.entrypoint);
  assertEquals(config.Cmd ?? [], wanted.cmd);
  assertEquals(Object.keys(config.ExposedPorts), wanted.exposedPorts.map((port) => `${port}/tcp`));
  for (const { key, value } of wanted.envVars) assert(config.Env.includes(`${key}=${value}`), key);
  for (const { key, value } of wanted.labels) assertEquals(config.Labels[key], value);
}

/**
 * Sections of the file for one of the images, as container-structure-test takes them without
 * Docker: owners cannot be checked then.
 */
function configFor(name: string, sections: Partial<Structure>): string {
  const isOwner = (key: string) => key === "uid" || key === "gid";
  const text = JSON.stringify(
    { schemaVersion: "2.0.0", ...sections },
    (key, value) => isOwner(key) ? undefined : value,
  );
  return text.replaceAll('"/tsmetrics"', `"/${name}"`)
    .replaceAll('"value":"tsmetrics"', `"value":"${name}"`);
}

/** What container-structure-test says, without a way to run commands, which needs Docker. */
async function runStructureTest(store: ImageStore, name: string, config: string) {
  const path = `${store.folder}/${name}.structure.yaml`;
  await Deno.writeTextFile(path, config);
  const { code, stdout } = await new Deno.Command(
    `${await versionOf("STRUCTURE_DIR")}/container-structure-test`,
    {
      args: ["test", "--driver", "tar", "--image", await store.save(name), "--config", path],
      stdin: "null",
      stderr: "null",
    },
  ).output();
  return { code, said: new TextDecoder().decode(stdout) };
}

/** container-structure-test finds files and metadata right, and a wrong user wrong. */
async function assertStructure(store: ImageStore, name: string): Promise<void> {
  const { metadataTest, fileExistenceTests } = await readStructure();
  const right = await runStructureTest(
    store,
    name,
    configFor(name, { metadataTest, fileExistenceTests }),
  );
  assertEquals(right.code, 0, right.said);
  const count = fileExistenceTests.length + 1;
  assertMatch(right.said, new RegExp(`Passes: +${count}\\nFailures: +0\\n`));
  const asRoot = { metadataTest: { ...metadataTest, user: "0:0" }, fileExistenceTests };
  const wrong = await runStructureTest(store, name, configFor(name, asRoot));
  assertEquals(wrong.code, 1, wrong.said);
  assertMatch(wrong.said, /Failures: +1\n/);
}

/** Everything below a folder but folders: path and size, links followed by nothing. */
async function filesOf(root: string): Promise<ReadonlyMap<string, number>> {
  const output = await runTool("find", [root, "!", "-type", "d", "-printf", "/%P %s\\n"]);
  return new Map(
    output.trim().split("\n").map((line) => line.split(" "))
      .map(([path = "", size]) => [path, Number(size)]),
  );
}

/** `drwxr-xr-x` and owner, as container-structure-test compares them. */
async function statOf(path: string): Promise<string> {
  return (await runTool("stat", ["-c", "%A %u %g", path])).trim();
}

Deno.test("both images have the program, its libraries, certificates and nothing else", async () => {
  const { metadataTest, fileExistenceTests } = await readStructure();
  await using store = await ImageStore.create();
  for (const { name } of FLAVOURS) {
    await store.build(name);
    const config = await store.configOf(name);
    const isHost = name === "tsmetrics-host";
    checkMetadata(config, {
      ...metadataTest,
      entrypoint: [`/${name}`],
      labels: [
        ...metadataTest.labels.filter(({ key }) => !key.endsWith(".title")),
        { key: "org.opencontainers.image.title", value: name },
        { key: "org.opencontainers.image.version", value: "1.2.3" },
      ],
    });
    assertEquals(config.Healthcheck?.Test, ["CMD", `/${name}`, "healthcheck"]);
    const socket = config.Env.filter((each) => each.startsWith("LOCALAPI_SOCKET="));
    assertEquals(socket.length, isHost ? 1 : 0);

    const { container, root } = await store.mount(name);
    const files = await filesOf(root);
    const foreign = [...files.keys()].filter((path) =>
      !/^\/(?:usr\/)?lib(?:64|\/[\w-]+)?\/(?:ld-linux[\w.-]*|lib\w+)\.so\.\d$/.test(path)
    );
    assertEquals(foreign.sort(), [
      "/etc/ssl/certs/ca-certificates.crt",
      `/${name}`,
      "/usr/share/doc/tsmetrics/copyright",
    ]);
    const size = [...files.values()].reduce((sum, each) => sum + each, 0);
    const added = size - store.runtimeBytes;
    const embedded = await sizeOfEmbedded();
    assert(
      added > 1e6 && added - embedded <= 5e6,
      `${name}: ${added} bytes besides the runtime, ${embedded} of them the embedded node`,
    );
    for (const { path, shouldExist, permissions, uid, gid } of fileExistenceTests) {
      const there = path === "/tsmetrics" ? `/${name}` : path;
      const found = await statOf(root + there).catch(() => undefined);
      assertEquals(found, shouldExist ? `${permissions} ${uid} ${gid}` : undefined, there);
    }
    await assertStructure(store, name);
    // The stand-in for the runtime is Deno itself: all of its libraries are there.
    const [command = "", ...args] = ["buildah"]
      .concat(store.runArguments(container, [], [`/${name}`, "--version"]));
    // buildah lost the output of such a short run once, on a busy machine
    const said = await until("its version", () => runTool(command, args));
    assertMatch(said, /^deno 2\./);
  }
});

/** Puts the modules of the executable into the image in its place. */
async function addProgram(store: ImageStore): Promise<void> {
  const { folder } = store;
  await Deno.mkdir(`${folder}/app/cache`);
  const tool = `${await versionOf("STRUCTURE_DIR")}/container-structure-test`;
  await runTool("cp", ["-r", "deno.json", "deno.lock", Deno.execPath(), tool, `${folder}/app/`]);
  const source = new URL("_image/", import.meta.url).pathname;
  await runTool(
    "sh",
    ["-c", 'cd "$0" && go build -buildvcs=false -trimpath -o "$1" .']
      .concat(source, `${folder}/stand-in`),
    { CGO_ENABLED: "0" },
  );
  await store.buildFile(
    "run",
    `FROM localhost/tsmetrics
COPY --chown=65534:65534 app /app
COPY stand-in /tsmetrics
`,
  );
}

Deno.test("the image runs its commands, serves the demo and is healthy", async () => {
  const structure = await readStructure();
  const { commandTests } = structure;
  await using store = await ImageStore.create();
  await store.build("tsmetrics");
  await addProgram(store);
  const { container, root } = await store.mount("run");
  const config = await store.configOf("run");
  const { Entrypoint, Healthcheck } = config;
  for (const test of commandTests) {
    const { code, stdout, stderr } = await new Deno.Command("buildah", {
      args: store.runArguments(container, [], [test.command, ...test.args]),
      stdin: "null",
    }).output();
    const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(code, test.exitCode, `${test.name}: ${output}${errors}`);
    for (const text of test.expectedOutput ?? []) assertMatch(output ?? "", new RegExp(text, "m"));
    for (const text of test.expectedError ?? []) assertMatch(errors ?? "", new RegExp(text, "m"));
  }
  // The whole file by container-structure-test, inside the image, because Docker is not there.
  const { metadataTest, fileExistenceTests } = structure;
  const parts = { metadataTest, fileExistenceTests, commandTests };
  await Deno.writeTextFile(`${root}/app/structure.yaml`, configFor("tsmetrics", parts));
  await Deno.writeTextFile(`${root}/app/metadata.json`, JSON.stringify({ config }));
  const tool = ["/app/container-structure-test", "test", "--driver", "host", "--force"]
    .concat("--config", "/app/structure.yaml", "--metadata", "/app/metadata.json");
  const said = await runTool("buildah", store.runArguments(container, [], tool));
  const count = fileExistenceTests.length + commandTests.length + 1;
  assertMatch(said, new RegExp(`Passes: +${count}\\nFailures: +0\\n`), said);

  const port = freePort();
  const env = ["TEST_DEVICES=demo", `PORT=${port}`];
  const server = new Deno.Command("setsid", {
    args: ["buildah", ...store.runArguments(container, env, Entrypoint)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const page = await until(`the image's page on port ${port}`, async () => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      const text = await response?.text() ?? "";
      return text.includes("tailscale_device_online{") && text;
    });
    assertMatch(page, /^tsmetrics_build_info\{/m);
    const [, ...healthcheck] = Healthcheck?.Test ?? [];
    const args = store.runArguments(container, env, healthcheck);
    assertEquals(await runTool("buildah", args), "");
  } finally {
    await new Deno.Command("kill", { args: ["--", `-${server.pid}`] }).output();
    await server.status;
  }
});

/** Bytes of the embedded node that the program was compiled with; 0 in a checkout without it. */
async function sizeOfEmbedded(): Promise<number> {
  const names = ["module.txt", "worker.txt"];
  const sizes = names.map((name) =>
    Deno.stat(`src/embedded/dist/${name}`).then(({ size }) => size, () => 0)
  );
  return (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
}
