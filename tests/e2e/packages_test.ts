import { assert, assertEquals, assertMatch } from "@std/assert";
import { writeLicences } from "../../tools/licences.ts";
import { makePackages } from "../../tools/packages.ts";
import { type Lock, readGoModules, renderSbom } from "../../tools/sbom.ts";
import { runBooted } from "./_booted.ts";
import { runTool, versionOf } from "./_tool.ts";

/** Stands in for an executable, whose runtime only a release has: runs the checkout's program. */
function standIn(program: string): string {
  return `#!/bin/sh\nexec /usr/local/bin/${program} "$@"\n`;
}

/** Packages of one version, in a folder of their own. */
async function packagesOf(folder: string, version: string): Promise<void> {
  const dist = `${folder}/${version}`;
  await Deno.mkdir(dist);
  for (const program of ["tsmetrics", "tsmetrics-host"]) {
    await Deno.writeTextFile(`${dist}/${program}-linux-amd64`, standIn(program));
  }
  await writeLicences(`${dist}/LICENSES.txt`);
  const before = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", `${await versionOf("NFPM_DIR")}:${before}`);
  try {
    assertEquals(await makePackages({ dist, version, platforms: ["linux-amd64"] }), [
      "tsmetrics-linux-amd64.deb",
      "tsmetrics-linux-amd64.rpm",
    ]);
  } finally {
    Deno.env.set("PATH", before);
  }
}

/** What is inside the executables, by the bill of materials. */
async function shippedComponents(): Promise<readonly string[]> {
  const lock = JSON.parse(await Deno.readTextFile("deno.lock")) as Lock;
  const bill = renderSbom("1.0.0", Deno.version.deno, lock, await readGoModules());
  const { components } = JSON.parse(bill) as {
    readonly components: readonly { readonly name: string }[];
  };
  return components.map(({ name }) => name);
}

/** What each format is told; rpm knows no package of this machine, so no dependency either. */
const FORMATS = {
  deb: {
    install: "dpkg -i",
    upgrade: "dpkg -i",
    verify: "dpkg --verify tsmetrics",
    remove: "dpkg --remove tsmetrics",
    purge: "dpkg --purge tsmetrics",
  },
  rpm: {
    install: "rpm --force-debian --nodeps -i",
    upgrade: "rpm --force-debian --nodeps -U",
    verify: "rpm --nodeps -V tsmetrics",
    remove: "rpm -e tsmetrics",
    purge: "rm -r /etc/default/tsmetrics* /var/lib/private/tsmetrics /var/lib/tsmetrics",
  },
} as const;

/** Waits for the exporter, and tells who it is and what it shows. */
const ASK = `until curl -fsS -o /tmp/page http://127.0.0.1:9100/metrics 2>/dev/null &&
  grep -q '^tailscale_device_online{' /tmp/page; do sleep 0.2; done
echo "invocation $(systemctl show -P InvocationID tsmetrics)"
echo "user $(ps -o uid= -p "$(systemctl show -P MainPID tsmetrics)")"
grep '^tsmetrics_build_info' /tmp/page`;

const LEFT = "find /etc /usr /var/lib -xdev -iname '*tsmetrics*' " +
  "-not -path '/usr/local/*' -not -path '/var/lib/dpkg/*' | sort";

for (const format of ["deb", "rpm"] as const) {
  Deno.test(`the ${format} installs, starts nothing, runs with settings, is upgraded and removed`, async () => {
    const { install, upgrade, verify, remove, purge } = FORMATS[format];
    const folder = await Deno.makeTempDir({ prefix: "tsm-packages-" });
    try {
      for (const version of ["1.0.0", "1.1.0"]) await packagesOf(folder, version);
      const name = `tsmetrics-linux-amd64.${format}`;
      const steps = await runBooted({
        withProgram: true,
        files: {
          "old.package": `${folder}/1.0.0/${name}`,
          "new.package": `${folder}/1.1.0/${name}`,
        },
        steps: {
          prepare: "rm /etc/systemd/system/tsmetrics*; systemctl daemon-reload",
          install: `${install} /probe/old.package >/dev/null; echo "exit $?"; ${verify}
systemctl is-enabled tsmetrics tsmetrics-host; systemctl is-active tsmetrics tsmetrics-host
stat -c '%a %U:%G %n' /etc/default/tsmetrics* /etc/tsmetrics /usr/bin/tsmetrics*
systemctl cat tsmetrics | grep -E '^(ExecStart|EnvironmentFile)'
systemctl cat tsmetrics-host | grep -E '^EnvironmentFile'`,
          licences: "grep '^======== ' /usr/share/doc/tsmetrics/copyright",
          verifyUnits: "systemd-analyze verify /usr/lib/systemd/system/tsmetrics*",
          start: `echo TEST_DEVICES=demo >> /etc/default/tsmetrics
systemctl enable --now tsmetrics 2>/dev/null; ${ASK}`,
          upgrade: `${upgrade} /probe/new.package >/dev/null; echo "exit $?"
${ASK}; tail -n 1 /etc/default/tsmetrics; systemctl is-enabled tsmetrics`,
          remove: `${remove} >/dev/null 2>&1; echo "exit $?"; systemctl is-active tsmetrics
ls /usr/bin /usr/lib/systemd/system /etc/systemd/system/*.wants 2>/dev/null | grep tsmetrics
curl -sS http://127.0.0.1:9100/ 2>&1 | head -n 1`,
          purge: `${purge} >/dev/null 2>&1; echo "exit $?"; ${LEFT}`,
        },
      });
      const said = (step: string) => steps.get(step) ?? "";
      assertEquals(
        said("install"),
        `exit 0
disabled
disabled
inactive
inactive
600 root:root /etc/default/tsmetrics
600 root:root /etc/default/tsmetrics-host
700 root:root /etc/tsmetrics
755 root:root /usr/bin/tsmetrics
755 root:root /usr/bin/tsmetrics-host
EnvironmentFile=-/etc/default/tsmetrics
EnvironmentFile=-/etc/tsmetrics/tsmetrics.env
ExecStart=/usr/bin/tsmetrics serve
EnvironmentFile=-/etc/default/tsmetrics-host
EnvironmentFile=-/etc/tsmetrics/host.env
`,
      );
      for (const name of await shippedComponents()) {
        assert(said("licences").includes(`======== ${name} `), `no licence of ${name}`);
      }
      assertEquals(said("verifyUnits"), "");
      assertMatch(said("start"), /^invocation \w{32}\nuser +6\d{4}\ntsmetrics_build_info/);
      assertMatch(
        said("upgrade"),
        /^exit 0\ninvocation \w{32}\nuser +6\d{4}\ntsmetrics_build_info.*\nTEST_DEVICES=demo\nenabled\n$/,
      );
      const [before, after] = ["start", "upgrade"]
        .map((step) => /invocation (\w+)/.exec(said(step))?.[1]);
      assert(before !== after, `the upgrade left the old program running: ${before}`);
      assertMatch(said("remove"), /^exit 0\ninactive\ncurl: .*[Ff]ailed to connect/);
      assertEquals(said("purge"), "exit 0\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the packages are the same byte for byte when they are made again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsm-packages-" });
  try {
    const sums: string[] = [];
    for (const round of ["a", "b"]) {
      await Deno.mkdir(`${folder}/${round}`);
      await packagesOf(`${folder}/${round}`, "1.0.0");
      const files = ["deb", "rpm"].map((format) => `tsmetrics-linux-amd64.${format}`);
      sums.push(
        await runTool(
          "sh",
          ["-c", `cd "$0" && sha256sum ${files.join(" ")}`]
            .concat(`${folder}/${round}/1.0.0`),
        ),
      );
    }
    assertEquals(sums[1], sums[0]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("man shows the manual page without a warning", async () => {
  const { manPage } = await import("../../tools/packages/man.ts");
  const path = await Deno.makeTempFile({ suffix: ".1" });
  try {
    await Deno.writeTextFile(path, manPage("1.0.0"));
    const child = await new Deno.Command("man", {
      args: ["--warnings", "-l", path],
      env: { MANWIDTH: "100", LC_ALL: "C.UTF-8", PAGER: "cat" },
    }).output();
    assertEquals(new TextDecoder().decode(child.stderr), "");
    const text = new TextDecoder().decode(child.stdout);
    for (
      const wanted of ["completion bash|zsh|fish", "SCRAPE_INTERVAL, --scrape-interval DURATION"]
    ) {
      assert(text.includes(wanted), wanted);
    }
  } finally {
    await Deno.remove(path);
  }
});
