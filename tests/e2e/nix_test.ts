import { assert, assertEquals, assertMatch } from "@std/assert";
import { completionScript } from "../../src/commands/completion.ts";
import { V8_FLAGS } from "../../tools/compile.ts";
import { manPage } from "../../tools/packages/man.ts";
import { runBooted, UNITS } from "./_booted.ts";
import {
  evaluate,
  evaluateModule,
  nix,
  type NixOption,
  serviceLines,
  serviceText,
} from "./_nix.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ALL = `{
  exporter.enable = true;
  native-metrics.enable = true;
  keepalive.enable = true;
  watchdog.enable = true;
}`;

Deno.test("nix-instantiate reads each file of the flake", async () => {
  const files = ["flake", "module", "package"].map((name) => `deploy/nix/${name}.nix`);
  for (const file of files) {
    const { code, stderr } = await nix("nix-instantiate", "--parse", file);
    assertEquals([code, stderr], [0, ""], file);
  }
});

Deno.test("nix flake check finds the flake in order, nixpkgs replaced", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsm-flake-" });
  try {
    await Deno.copyFile(`${ROOT}tests/e2e/_nix/lib.nix`, `${folder}/lib.nix`);
    await Deno.writeTextFile(
      `${folder}/flake.nix`,
      `{ outputs = { self }: rec {
  lib = import ./lib.nix;
  legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: {
    callPackage = path: _: derivation {
      name = builtins.baseNameOf path;
      inherit system;
      builder = "/bin/sh";
    };
  });
}; }`,
    );
    const { code, stderr } = await nix(
      "nix",
      ...["flake", "check", "--no-build", "--no-write-lock-file"],
      ...["--override-input", "nixpkgs", `path:${folder}`, `path:${ROOT}deploy/nix`],
    );
    assertEquals(code, 0, stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the module has the options that are documented, with type, default and description", async () => {
  const { options } = await evaluateModule("{ }");
  const flat: Record<string, string> = {};
  const note = (path: string, option: NixOption) => {
    assert(option.description.length > 20, path);
    flat[path] = `${option.type} ${JSON.stringify(option.default)}`;
  };
  for (const [group, members] of Object.entries(options)) {
    if (typeof members.type === "string") note(group, members as NixOption);
    else {
      for (const [name, option] of Object.entries(members as Record<string, NixOption>)) {
        note(`${group}.${name}`, option);
      }
    }
  }
  assertEquals(flat, {
    "package": 'package "pkgs.callPackage ./package.nix { }"',
    "exporter.enable": "bool false",
    "exporter.interval": 'str "30s"',
    "exporter.metricsPath": 'strMatching "/var/lib/alloy/tailscale-peers.prom"',
    "native-metrics.enable": "bool false",
    "native-metrics.interval": 'str "15s"',
    "native-metrics.metricsPath": 'strMatching "/var/lib/alloy/tailscale-native.prom"',
    "keepalive.enable": "bool false",
    "keepalive.interval": 'strMatching "10s"',
    "watchdog.enable": "bool false",
    "watchdog.interval": 'strMatching "1min"',
    "watchdog.maxRelaySeconds": "intBetween 600",
    "watchdog.metricsPath": 'strMatching "/var/lib/alloy/tailscale-watchdog.prom"',
  });
});

Deno.test("the module does nothing unless it is told to, and only that", async () => {
  const nothing = await evaluateModule("{ }");
  assertEquals([nothing.services, nothing.timers, nothing.tmpfiles.rules], [{}, {}, undefined]);
  const one = await evaluateModule("{ watchdog.enable = true; }");
  assertEquals(Object.keys(one.services), ["tailscale-watchdog"]);
  assertEquals(Object.keys(one.timers), ["tailscale-watchdog"]);
  const wrong = ["exporter.interval = 30", 'exporter.metricsPath = "/var/lib/x y.prom"']
    .concat(
      'watchdog.maxRelaySeconds = "600"',
      // What the program would refuse at its start.
      "watchdog.maxRelaySeconds = 0",
      "watchdog.maxRelaySeconds = 86401",
      ...["0s", "3601s", "61min", "2h", "1d", "500ms", "1min 30s", "soon", ""].flatMap((text) => [
        `watchdog.interval = "${text}"`,
        `keepalive = { enable = true; interval = "${text}"; }`,
      ]),
      "exporter.enabled = true",
      "Exporter.enable = true",
    );
  for (const setting of wrong) {
    const settings = `{ exporter.enable = true; watchdog.enable = true; ${setting}; }`;
    const expression = `import ./tests/e2e/_nix/module.nix ${settings}`;
    const { code } = await nix("nix-instantiate", "--eval", "--strict", "--expr", expression);
    assertEquals(code, 1, setting);
  }
});

Deno.test("the module passes settings on to services and timers", async () => {
  const { services, timers, tmpfiles } = await evaluateModule(`{
    exporter = { enable = true; interval = "20s"; metricsPath = "/srv/pages/peers.prom"; };
    keepalive = { enable = true; interval = "25s"; };
    watchdog = { enable = true; interval = "2min"; maxRelaySeconds = 300; };
  }`);
  assertEquals(services["tailscale-exporter"]?.serviceConfig["ExecStartPost"], [
    "+/usr/bin/install -T -m 0644 %t/tsmetrics-peers.prom /srv/pages/.peers.prom.new",
    "+/usr/bin/mv -f -T /srv/pages/.peers.prom.new /srv/pages/peers.prom",
  ]);
  assertEquals(services["tailscale-keepalive"]?.environment["KEEPALIVE_INTERVAL"], "25s");
  const watchdog = services["tailscale-watchdog"]?.environment;
  assertEquals([watchdog?.["WATCHDOG_THRESHOLD"], watchdog?.["WATCHDOG_INTERVAL"]], ["300s", "2m"]);
  assertEquals(timers["tailscale-exporter"]?.timerConfig, {
    OnBootSec: "20s",
    OnUnitActiveSec: "20s",
    AccuracySec: "1s",
  });
  assertEquals(timers["tailscale-watchdog"]?.timerConfig["OnUnitActiveSec"], "2min");
  assertEquals(tmpfiles.rules, ["d /srv/pages 0755 - - -", "d /var/lib/alloy 0755 - - -"]);
});

/** A unit of `deploy/systemd` as lines of its section "Service", in the spelling of the module. */
async function unitLines(name: string, instance: string) {
  const text = await Deno.readTextFile(new URL(name, UNITS));
  const lines = text.split("\n").filter((line) => /^\w+=/.test(line));
  const start = lines.findIndex((line) => line.startsWith("Type="));
  const service = lines.slice(start)
    .filter((line) => !/^(EnvironmentFile|WantedBy)=/.test(line))
    .map((line) =>
      line.replace(/=yes$/, "=true").replaceAll("%i", instance)
        .replace(
          /"?\$(?:\{TEXTFILE_DIRECTORY\}|\$TEXTFILE_DIRECTORY)(\S+?)"?(?=[ ']|$)/g,
          "/var/lib/alloy$1",
        )
        .replace(/\+\/bin\/(rm|mv)/, "+/usr/bin/$1")
        .replace(/\|\| (rm|systemctl)/, "|| /usr/bin/$1")
    );
  const isVariable = (line: string) => line.startsWith("Environment=");
  return {
    before: lines.slice(0, start).map((line) => line.replace("%i", instance)),
    service: service.filter((line) => !isVariable(line)).sort(),
    variables: service.filter(isVariable).flatMap((line) => line.slice(12).split(" "))
      .filter((line) => !line.startsWith("TEXTFILE_DIRECTORY=")),
  };
}

Deno.test("the module's services are those of deploy/systemd, sandbox included", async () => {
  const { services } = await evaluateModule(ALL);
  const pairs = [
    ["tailscale-exporter", "tsmetrics-textfile@.service", "peers", []],
    ["tailscale-native-metrics", "tsmetrics-textfile@.service", "native", []],
    ["tailscale-keepalive", "tsmetrics-keepalive.service", "", ["KEEPALIVE_INTERVAL=10s"]],
    ["tailscale-watchdog", "tsmetrics-watchdog.service", "", ["WATCHDOG_THRESHOLD=600s"]],
  ] as const;
  assertEquals(Object.keys(services).sort(), pairs.map(([name]) => name).sort());
  for (const [name, file, instance, more] of pairs) {
    const service = services[name];
    assert(service !== undefined);
    const unit = await unitLines(file, instance);
    assertEquals(serviceLines(service), unit.service, name);
    const variables = Object.entries(service.environment).map(([key, value]) => `${key}=${value}`);
    assertEquals(variables.sort(), [...unit.variables, ...more].sort(), name);
    assertEquals(unit.before, [
      `Description=${service.description}`,
      `After=${service.after.join(" ")}`,
      `StartLimitIntervalSec=${service.startLimitIntervalSec}`,
    ]);
  }
});

Deno.test("systemd runs the module's services", async () => {
  const { services } = await evaluateModule(ALL);
  const units: Record<string, string> = {
    "tailscaled.service": "[Service]\nExecStart=/bin/sleep 99\n",
  };
  for (const [name, service] of Object.entries(services)) {
    units[`${name}.service`] = serviceText(service);
  }
  const steps = await runBooted({
    units,
    programs: {
      "tsmetrics-host": 'echo "page $*"; exit "$(cat /probe/exit 2>/dev/null || echo 0)"',
    },
    steps: {
      pages: `mkdir -p /var/lib/alloy
systemctl start tailscale-exporter tailscale-native-metrics tailscale-watchdog; echo "start $?"
cat /var/lib/alloy/*.prom`,
      restart: `systemctl start tailscaled; systemctl show -P InvocationID tailscaled
echo 75 > /probe/exit; systemctl start tailscale-watchdog; echo "start $?"
while systemctl list-jobs --no-legend | grep -qv booted; do sleep 0.1; done
systemctl show -P InvocationID tailscaled`,
      failed:
        `echo 1 > /probe/exit; systemctl start tailscale-exporter 2>/dev/null; ls /var/lib/alloy`,
    },
  });
  assertEquals(
    steps.get("pages"),
    "start 0\n" +
      ["native", "peers", "watchdog"].map((name) => `page once --collect ${name}\n`).join(""),
  );
  const [before, started, after] = (steps.get("restart") ?? "").split("\n");
  assert(started === "start 0" && before !== after, steps.get("restart"));
  assertEquals(steps.get("failed"), "tailscale-native.prom\ntailscale-watchdog.prom\n");
});

/** The packages that the program imports, as the package has them. */
async function copyModules(folder: string): Promise<void> {
  const cache = `${folder}/cache`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", "--entrypoint", "src/main.ts"],
    cwd: ROOT,
    env: { DENO_DIR: cache },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const find = ["find", `${cache}/npm`, "-name", "registry.json", "-delete"];
  await new Deno.Command("find", { args: find.slice(1) }).output();
  await Deno.rename(`${cache}/npm`, `${folder}/modules`);
}

Deno.test("the package installs both programs, which run offline from read-only files", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsm-package-" });
  try {
    await copyModules(folder);
    await Deno.mkdir(`${folder}/deno/bin`, { recursive: true });
    await Deno.symlink(Deno.execPath(), `${folder}/deno/bin/deno`);
    const told = `denoVersion = "${Deno.version.deno}"; deno = "${folder}/deno";`;
    const { installPhase, files, version } = JSON.parse(
      await evaluate(
        `import ./tests/e2e/_nix/package.nix { ${told} modules = "${folder}/modules"; }`,
      ),
    );
    const wanted = ["src", "deno.json", "deno.lock", "tools/packages/man.ts", "tools/project.ts"];
    assertEquals(files, wanted.map((name) => `${ROOT}${name}`));
    const hash = await nix("nix", "hash", "path", `${folder}/modules`);
    const text = await Deno.readTextFile(`${ROOT}deploy/nix/package.nix`);
    assertEquals(/outputHash = "(.+)"/.exec(text)?.[1], hash.stdout.trim());

    const installed = await new Deno.Command("bash", {
      args: ["-euc", installPhase],
      cwd: ROOT,
      env: { out: `${folder}/out`, TMPDIR: folder },
    }).output();
    assertEquals(installed.code, 0, new TextDecoder().decode(installed.stderr));
    const share = `${folder}/out/share`;
    for (
      const [path, text] of [
        ["bash-completion/completions/tsmetrics-host", completionScript("bash")],
        ["zsh/site-functions/_tsmetrics", completionScript("zsh")],
        ["fish/vendor_completions.d/tsmetrics-host.fish", completionScript("fish")],
        ["man/man1/tsmetrics-host.1", manPage(version)],
      ]
    ) assertEquals(await Deno.readTextFile(`${share}/${path}`), text);
    const cache = Array.fromAsync(Deno.readDir(`${share}/tsmetrics/cache`), ({ name }) => name);
    assertEquals(await cache, ["npm"]);
    await new Deno.Command("chmod", { args: ["-R", "a-w", `${folder}/out`, `${folder}/modules`] })
      .output();
    await Deno.mkdir(`${folder}/state`);
    for (const name of ["tsmetrics", "tsmetrics-host"]) {
      const program = `${folder}/out/bin/${name}`;
      for (const state of [{}, { XDG_DATA_HOME: `${folder}/state` }]) {
        const { stdout, stderr } = await new Deno.Command("unshare", {
          args: ["--net", program, "version"],
          clearEnv: true,
          env: { PATH: "/usr/bin:/bin", NO_COLOR: "1", ...state },
        }).output();
        const said = new TextDecoder().decode(stdout);
        assertMatch(said, new RegExp(`^tsmetrics ${version} `), new TextDecoder().decode(stderr));
      }
      assert((await Deno.readTextFile(program)).includes(`--v8-flags=${V8_FLAGS} `), name);
    }
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+w", folder] }).output();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the package refuses a Deno that is too old", async () => {
  const { code, stderr } = await nix(
    "nix-instantiate",
    ...["--eval", "--strict", "--expr"],
    'import ./tests/e2e/_nix/package.nix { denoVersion = "2.8.3"; deno = "/x"; modules = "/x"; }',
  );
  assertEquals(code, 1);
  assert(stderr.includes("tsmetrics needs Deno 2.9 or newer"), stderr);
});
