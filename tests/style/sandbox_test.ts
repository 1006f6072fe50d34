import { assertEquals } from "@std/assert";
import {
  buildEnvironment,
  compileArguments,
  type Flavour,
  FLAVOURS,
  permissionFaults,
  SOCKET,
} from "../../tools/compile.ts";
import { bundleProgram } from "../../tools/bundle.ts";
import { readTrailer } from "../../tools/trailer.ts";
import { textOf } from "./tree.ts";

Deno.test("deno.json gives the program the network and its environment only", async () => {
  const { permissions } = JSON.parse(await textOf("deno.json"));
  assertEquals(permissions.default, { net: true, env: true, import: { deny: true } });
});

Deno.test("deno.json gives the host's program one path more, to read and to write", async () => {
  const { permissions } = JSON.parse(await textOf("deno.json"));
  assertEquals(permissions.host, {
    ...permissions.default,
    read: ["/var/run/tailscale/tailscaled.sock"],
    write: ["/var/run/tailscale/tailscaled.sock"],
  });
  assertEquals(permissions.host.read, [SOCKET]);
});

Deno.test("every task that runs the program does so in the sandbox", async () => {
  const { tasks } = JSON.parse(await textOf("deno.json"));
  const running = Object.entries<{ command: string }>(tasks)
    .filter(([, { command }]) => command.includes("src/main.ts"));
  assertEquals(running.length, 4);
  for (const [name, { command }] of running) {
    const set = name === "host" ? " -P=host --no-prompt " : " -P --no-prompt ";
    assertEquals(command.includes(`deno run -q${set}`), true, command);
    assertEquals(/ -A\b|--allow|--unstable/.test(command), false, command);
  }
});

/** Asks for this host's peers under a permission set; what it says where it may not. */
async function askPeers(permissionSet: string, socket: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", `-P=${permissionSet}`, "--no-prompt", "src/main.ts"]
      .concat("once", "--collect", "peers"),
    stdin: "null",
    env: { LOCALAPI_SOCKET: socket, NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("the host's program may open no other path, not even by another name", async () => {
  const others: Readonly<Record<string, string>> = {
    "/tmp/other.sock": "/tmp/other.sock",
    // Where /var/run leads on most systems; Deno goes by the name that is asked for.
    "/run/tailscale/tailscaled.sock": "/run/tailscale/tailscaled.sock",
    "/var/run/tailscale/../other.sock": "/var/run/other.sock",
    [`${SOCKET}.other`]: `${SOCKET}.other`,
  };
  for (const [path, meant] of Object.entries(others)) {
    const { code, stdout, stderr } = await askPeers("host", path);
    assertEquals([code, stdout], [2, ""], path);
    assertEquals(stderr.split("\n"), [
      `Cannot open ${path}: the sandbox forbids it; use tsmetrics-host with the socket at its ` +
      "usual path, or a forward in LOCALAPI_URL (Requires read access to " +
      `"${meant}").`,
      "Nothing was started. `tsmetrics help` shows how to begin, `tsmetrics help settings` all " +
      "settings.",
      "",
    ], path);
  }
});

Deno.test("only the host's program may open the socket", async () => {
  const refused = await askPeers("default", SOCKET);
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertEquals(refused.stderr.startsWith(`Cannot open ${SOCKET}: the sandbox forbids it; `), true);
  // Permitted, whether a tailscaled is there or not.
  const { code, stderr } = await askPeers("host", SOCKET);
  assertEquals([code, stderr.includes("sandbox")], [0, false], stderr);
});

for (const flavour of FLAVOURS) {
  Deno.test(`the compiled ${flavour.name} may do what its permission set says only`, async () => {
    await Deno.mkdir(".tmp", { recursive: true });
    const folder = await Deno.makeTempDir({ dir: ".tmp", prefix: "sandbox-" });
    try {
      await assertSandboxed(flavour, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function assertSandboxed(flavour: Flavour, folder: string): Promise<void> {
  const [envFile, output] = [`${folder}/build.env`, `${folder}/program.exe`];
  await Deno.writeTextFile(envFile, buildEnvironment("9.8.7", "2026-01-02T03:04:05Z"));
  await bundleProgram(`${folder}/app`);
  const child = await new Deno.Command(Deno.execPath(), {
    args: compileArguments({ flavour, envFile, output, bundle: `${folder}/app` }),
    stdin: "null",
    // Deno itself stands in for the runtime, which only Deno's own server has: the file is not
    // one to run, but what is written behind the runtime is the same
    env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
  }).output();
  assertEquals(child.success, true, new TextDecoder().decode(child.stderr));

  const trailer = readTrailer(await Deno.readFile(output));
  assertEquals(permissionFaults(trailer.permissions, flavour), []);
  const isHost = flavour.name === "tsmetrics-host";
  assertEquals(trailer.permissions["allow_read"], isHost ? [SOCKET] : null);
  assertEquals(trailer.permissions["allow_write"], isHost ? [SOCKET] : null);
  assertEquals(trailer.permissions["prompt"], false);
  assertEquals(trailer.permissions["deny_import"], []);
  assertEquals(trailer.unstable_config.features, []);
  assertEquals(trailer.argv, []);
  assertEquals(trailer["location"], null);
  assertEquals(trailer["code_cache_key"], null);
  assertEquals(trailer["unsafely_ignore_certificate_errors"], null);
  assertEquals(trailer["preload_modules"], []);
  assertEquals(trailer.app_name, flavour.name);
  assertEquals(trailer.env_vars_from_env_file, {
    VERSION: "9.8.7",
    BUILD_TIME: "2026-01-02T03:04:05Z",
  });
  assertEquals(trailer.v8_flags, [
    "UNUSED_BUT_NECESSARY_ARG0",
    "--stack-size=1024",
    "--inspector-live-edit",
    "--external-memory-max-reasonable-size=0",
    // Ours: a thrifty collector, no permission.
    "--max-semi-space-size=2",
    "--heap-growing-percent=75",
  ]);
}
