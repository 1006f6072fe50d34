import { assert, assertEquals, assertThrows } from "@std/assert";
import { packagedUnit, packageFiles } from "../../../tools/packages/files.ts";

const UNIT = `[Service]
EnvironmentFile=-/etc/tsmetrics/host.env
ExecStart=/usr/local/bin/tsmetrics-host serve
`;

Deno.test("packagedUnit() names the package's program, and reads the default file first", () => {
  assertEquals(
    packagedUnit("tsmetrics-host.service", UNIT),
    `[Service]
EnvironmentFile=-/etc/default/tsmetrics-host
EnvironmentFile=-/etc/tsmetrics/host.env
ExecStart=/usr/bin/tsmetrics-host serve
`,
  );
  assertEquals(
    packagedUnit("tsmetrics-watchdog.service", UNIT),
    UNIT.replace("/usr/local", "/usr"),
  );
  assertThrows(() => packagedUnit("tsmetrics.service", "[Service]\n"), SyntaxError);
});

Deno.test("packageFiles() has what deploy/packages/nfpm.yaml takes from the folder", async () => {
  const files = packageFiles({ version: "1.0.0", units: new Map([["a.timer", ""]]) });
  assertEquals([...files.keys()], [
    "man/tsmetrics.1.gz",
    "man/tsmetrics-host.1.gz",
    "completion/bash",
    "completion/zsh",
    "completion/fish",
    "default/tsmetrics",
    "default/tsmetrics-host",
    "systemd/a.timer",
  ]);
  const config = await Deno.readTextFile("deploy/packages/nfpm.yaml");
  const taken = [...config.matchAll(/\$\{DIST\}\/package\/(\S+)/g)].map(([, path = ""]) => path);
  for (const path of files.keys()) {
    const pattern = path.replace(/^(man|systemd)\/.*/, "$1/*");
    assert(taken.includes(pattern), `the packages leave out ${path}`);
  }
});

Deno.test("packageFiles() makes default files of nothing but comments, blanks and two lines", () => {
  const text = packageFiles({ version: "1.0.0", units: new Map() }).get("default/tsmetrics") ?? "";
  assertEquals(text.split("\n").filter((line) => line !== "" && !line.startsWith("#")), [
    "OAUTH_CLIENT_ID=",
    "OAUTH_CLIENT_SECRET=",
  ]);
  assert(text.startsWith("# Settings of tsmetrics.service, read by systemd."), text.slice(0, 80));
});

Deno.test("the scripts of the packages name every unit and every folder of state", async () => {
  const [remove, purge, upgrade] = await Promise.all(
    ["preremove", "postremove", "postinstall"]
      .map((name) => Deno.readTextFile(`deploy/packages/${name}.sh`)),
  );
  for await (const { name } of Deno.readDir("deploy/systemd")) {
    if (!/\.(?:service|timer)$/.test(name)) continue;
    const stopped = name.replace("@.", "@*.");
    assert(remove?.includes(stopped), `${name} is not stopped before a removal`);
    const text = await Deno.readTextFile(`deploy/systemd/${name}`);
    const [, state] = /^StateDirectory=(\S+)/m.exec(text) ?? [];
    if (state !== undefined) assert(purge?.includes(` ${state}`), `${state} outlives a purge`);
    const isDaemon = /^WantedBy=multi-user/m.test(text);
    assertEquals(upgrade?.includes(` ${name}`), isDaemon, `${name} after an upgrade`);
  }
});
