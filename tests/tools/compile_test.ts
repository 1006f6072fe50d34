import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  buildEnvironment,
  compileArguments,
  FLAVOURS,
  permissionFaults,
  selectWork,
  SOCKET,
  TSMETRICS,
  TSMETRICS_HOST,
  V8_FLAGS,
} from "../../tools/compile.ts";
import { platformOf, PLATFORMS } from "../../tools/platform.ts";

Deno.test("permissionFaults() finds nothing wrong with what we promise", () => {
  const { permissions } = TSMETRICS;
  assertEquals(permissionFaults({ ...permissions, allow_read: null, deny_net: null }), []);
  assertEquals(permissionFaults({ ...TSMETRICS_HOST.permissions }, TSMETRICS_HOST), []);
});

Deno.test("permissionFaults() finds more and less than we promise", () => {
  const { permissions } = TSMETRICS;
  assertEquals(permissionFaults({ ...permissions, allow_read: ["."] }), [
    `allow_read is ["."], wanted null`,
  ]);
  assertEquals(permissionFaults({ ...permissions, allow_net: null, prompt: true }), [
    "allow_net is null, wanted []",
    "prompt is true, wanted false",
  ]);
  assertEquals(permissionFaults({ ...permissions, allow_everything: true }), [
    "allow_everything is true, wanted null",
  ]);
});

Deno.test("permissionFaults() takes the one path of the host's program, and of no other", () => {
  const { permissions } = TSMETRICS_HOST;
  assertEquals(permissionFaults(permissions), [
    `allow_read is ["${SOCKET}"], wanted null`,
    `allow_write is ["${SOCKET}"], wanted null`,
  ]);
  for (const allow_read of [[], [SOCKET, "/tmp"], ["/var/run/tailscale"], null]) {
    assertEquals(permissionFaults({ ...permissions, allow_read }, TSMETRICS_HOST), [
      `allow_read is ${JSON.stringify(allow_read)}, wanted ["${SOCKET}"]`,
    ]);
  }
});

Deno.test("FLAVOURS are the program for all platforms, and the host's for all but Windows", () => {
  assertEquals(FLAVOURS.map(({ name }) => name), ["tsmetrics", "tsmetrics-host"]);
  assertEquals(TSMETRICS.platforms, PLATFORMS);
  assertEquals(
    PLATFORMS.filter((platform) => !TSMETRICS_HOST.platforms.includes(platform)),
    PLATFORMS.filter(({ name }) => name === "windows-amd64"),
  );
});

Deno.test("selectWork() takes names of programs and platforms, and no others", () => {
  const select = (...named: readonly string[]) =>
    selectWork(named).map(({ flavour, platform }) => `${flavour.name} ${platform.name}`);
  assertEquals(selectWork([]).length, 9);
  assertEquals(select("tsmetrics").length, 5);
  const arm = ["tsmetrics darwin-arm64", "tsmetrics-host darwin-arm64"];
  assertEquals(select("darwin-arm64"), arm);
  assertEquals(select("aarch64-apple-darwin"), arm);
  assertEquals(select("tsmetrics-host", "linux-amd64"), ["tsmetrics-host linux-amd64"]);
  assertEquals(select("windows-amd64"), ["tsmetrics windows-amd64"]);
  const here = platformOf(Deno.build.target)?.name;
  assertEquals(select("tsmetrics", "here"), [`tsmetrics ${here}`]);
  assertThrows(
    () => selectWork(["linux"]),
    RangeError,
    'Cannot compile "linux": wanted tsmetrics, ',
  );
  const windows = ["tsmetrics-host", "windows-amd64"];
  assertThrows(() => selectWork(windows), RangeError, "there is no such program there");
});

Deno.test("compileArguments() names a platform only if told", () => {
  const [envFile, output, bundle] = ["a.env", "b", "c"];
  const here = compileArguments({ envFile, output, bundle });
  assertEquals(here.some((each) => each.startsWith("--target")), false);
  const platform = platformOf("darwin-amd64");
  assert(platform !== undefined);
  assertEquals(
    compileArguments({ platform, envFile, output, bundle })
      .filter((each) => !here.includes(each)),
    ["--target=x86_64-apple-darwin"],
  );
});

Deno.test("compileArguments() starts with the bundle's entry and includes its maps", () => {
  const arguments_ = compileArguments({ envFile: "a.env", output: "b", bundle: "bin/app" });
  assertEquals(arguments_.at(-1), "bin/app/src/main.js");
  assertEquals(arguments_.filter((each) => each.startsWith("--include")), [
    "--include=bin/app/maps",
  ]);
});

Deno.test("compileArguments() names the permission set and the program", () => {
  const [envFile, output, bundle] = ["a.env", "b", "c"];
  const plain = compileArguments({ envFile, output, bundle });
  const host = compileArguments({ flavour: TSMETRICS_HOST, envFile, output, bundle });
  assertEquals(host.filter((each) => !plain.includes(each)), [
    "-P=host",
    "--app-name=tsmetrics-host",
  ]);
  assertEquals(plain.filter((each) => !host.includes(each)), [
    "-P=default",
    "--app-name=tsmetrics",
  ]);
});

Deno.test("buildEnvironment() embeds two variables and no odd character", () => {
  assertEquals(
    buildEnvironment("1.2.3-rc.1", "2026-01-02T03:04:05Z"),
    "VERSION=1.2.3-rc.1\nBUILD_TIME=2026-01-02T03:04:05Z\n",
  );
  assertThrows(() => buildEnvironment("1\nA=2", "x"), SyntaxError, "odd characters");
  assertThrows(() => buildEnvironment("1", ""), SyntaxError, 'Cannot embed ""');
});

Deno.test("V8_FLAGS are those of every task that runs the program, and glibc is told the same", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json")) as {
    readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  };
  const running = Object.values(tasks).filter(({ command }) => command.includes("src/main.ts"));
  assertEquals(running.length, 4);
  for (const { command } of running) {
    assertEquals(/--v8-flags=(\S+)/.exec(command)?.[1], V8_FLAGS, command);
    const settings = "MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=262144 deno run";
    assertStringIncludes(command, settings);
  }
});
