import { assert, assertEquals, assertMatch } from "@std/assert";
import { runBooted, UNITS } from "./_booted.ts";

/**
 * Most exposure that `systemd-analyze security` may find, of 10. What is left of the exporter's is
 * the network itself, and that no list of addresses stands before it.
 */
const EXPOSURE: Readonly<Record<string, number>> = {
  "tsmetrics.service": 1.3,
  "tsmetrics-host.service": 1.3,
  "tsmetrics-keepalive.service": 1.1,
  "tsmetrics-textfile@.service": 0.4,
  "tsmetrics-watchdog.service": 0.7,
};

/** What the units name besides systemd's own. */
const PROGRAMS = ["/bin/sh", "/bin/rm", "/bin/mv", "/usr/bin/install"]
  .concat("/usr/local/bin/tsmetrics", "/usr/local/bin/tsmetrics-host");

async function unitNames(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(UNITS)) {
    if (/\.(service|timer)$/.test(name)) names.push(name);
  }
  return names.sort();
}

async function analyze(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", {
    args: [...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

/** `systemd-analyze verify` of all units below a root that has nothing else but systemd's own. */
async function verify(change: (text: string, name: string) => string = (text) => text) {
  const root = await Deno.makeTempDir({ prefix: "tsm-verify-" });
  try {
    const folder = `${root}/etc/systemd/system`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.mkdir(`${root}/lib/systemd`, { recursive: true });
    await new Deno.Command("cp", { args: ["-a", "/lib/systemd/system", `${root}/lib/systemd/`] })
      .output();
    for (const path of PROGRAMS) {
      await Deno.mkdir(`${root}${path}`.replace(/\/[^/]+$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}${path}`, "#!/bin/sh\n", { mode: 0o755 });
    }
    const names = await unitNames();
    for (const name of names) {
      const text = change(await Deno.readTextFile(new URL(name, UNITS)), name);
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return await analyze(
      "verify",
      `--root=${root}`,
      "--recursive-errors=yes",
      ...names.map((name) => `${folder}/${name}`),
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("systemd-analyze verify finds nothing wrong with any unit", async () => {
  assertEquals(await verify(), { code: 0, text: "" });
  const { text } = await verify((unit, name) =>
    name === "tsmetrics.service"
      ? unit.replace("PrivateTmp", "PrivteTmp").replace("bin/tsmetrics ", "bin/tsmetricz ")
      : unit
  );
  assert(text.includes("Unknown key 'PrivteTmp'"), text);
  assert(text.includes("tsmetricz is not executable"), text);
});

Deno.test("systemd-analyze security finds little that a unit could do beyond its work", async () => {
  const services = (await unitNames()).filter((name) => name.endsWith(".service"));
  assertEquals(services, Object.keys(EXPOSURE).sort());
  for (const [name, most] of Object.entries(EXPOSURE)) {
    const path = new URL(name, UNITS).pathname;
    const { text } = await analyze("security", "--offline=true", "--no-pager", path);
    const found = Number(/exposure level for \S+: (\d+\.\d)/.exec(text)?.[1]);
    assert(found <= most && found >= most - 0.2, `${name}: ${found}, wanted ${most}`);
  }
});

/** Stands in for tsmetrics-host: tells how it was called, exits as `/probe/exit` says. */
const STAND_IN = `echo "page of $* as $(id -u) in $XDG_DATA_HOME"
echo "RESTART: node-b on relay for 650s, restarting tailscaled" >&2
code=$(cat /probe/exit)
test "$1" = once || test "$code" != 0 || exec sleep infinity
exit "$code"`;

const TAILSCALED = `[Service]
ExecStart=/bin/sleep infinity
`;

/** A step that has the stand-in exit so, starts a unit, and tells what came of it. */
function start(unit: string, exit: number, page: string): string {
  // One that exits runs for a moment before it does.
  const end = exit === 0 ? "dead|running" : "dead|failed|auto-restart";
  return `echo ${exit} > /probe/exit
systemctl start ${unit} >/dev/null 2>&1; echo "start $?"
until systemctl show -P SubState ${unit} | grep -qE '${end}'; do sleep 0.1; done
while systemctl list-jobs --no-legend | grep -qv booted; do sleep 0.1; done
echo "result $(systemctl show -P Result ${unit})"
echo "tailscaled $(systemctl show -P ActiveState tailscaled) $(systemctl show -P InvocationID tailscaled)"
cat /var/lib/alloy/${page} 2>/dev/null || echo "no page"
ls -A /var/lib/alloy | grep -v '^tailscale-[a-z]*.prom$'
ls /run | grep '^tsmetrics-'
true`;
}

function invocationIn(text: string | undefined): string {
  return /^tailscaled active (\w+)$/m.exec(text ?? "")?.[1] ?? "none";
}

Deno.test("the textfile units replace a page in one step, and take it away when there is none", async () => {
  const unit = "tsmetrics-textfile@peers";
  const steps = await runBooted({
    programs: { "tsmetrics-host": STAND_IN },
    units: { "tailscaled.service": TAILSCALED },
    steps: {
      first: `mkdir -p /var/lib/alloy; head -c 5000 /dev/zero > /var/lib/alloy/tailscale-peers.prom
${start(unit, 0, "tailscale-peers.prom")}
stat -c '%a %U' /var/lib/alloy/tailscale-peers.prom`,
      failed: start(unit, 1, "tailscale-peers.prom"),
      again: start(unit, 0, "tailscale-peers.prom"),
      native: start("tsmetrics-textfile@native", 0, "tailscale-native.prom"),
      elsewhere: `mkdir -p /etc/tsmetrics /srv/pages
echo TEXTFILE_DIRECTORY=/srv/pages > /etc/tsmetrics/textfile.env
${start(unit, 0, "none")}
ls -A /srv/pages`,
      log: `journalctl --sync; journalctl --no-pager -o cat -u ${unit} | grep RESTART`,
    },
  });
  // As a user that is made for this one run; the page is whole, readable and alone.
  assertMatch(
    steps.get("first") ?? "",
    /^start 0\nresult success\ntailscaled .*\npage of once --collect peers as 6\d{4} in \n644 root\n$/,
  );
  assertMatch(steps.get("failed") ?? "", /^start 1\nresult exit-code\ntailscaled .*\nno page\n$/);
  assertMatch(steps.get("again") ?? "", /^start 0\nresult success\n.*\npage of once /);
  assertMatch(steps.get("native") ?? "", /\npage of once --collect native as 6\d{4} in \n$/);
  assertMatch(steps.get("elsewhere") ?? "", /\nno page\ntailscale-peers\.prom\n$/);
  // The log is no part of the page.
  assertMatch(steps.get("log") ?? "", /^(RESTART: node-b on relay .*\n){4}$/);
});

Deno.test("the watchdog's unit restarts tailscaled on 75, and on nothing else", async () => {
  const [unit, page] = ["tsmetrics-watchdog", "tailscale-watchdog.prom"];
  const steps = await runBooted({
    programs: { "tsmetrics-host": STAND_IN },
    units: { "tailscaled.service": TAILSCALED },
    steps: {
      before: `mkdir -p /var/lib/alloy; systemctl start tailscaled; ${start(unit, 0, page)}`,
      asked: start(unit, 75, page),
      failed: start(unit, 1, page),
      misconfigured: start(unit, 2, page),
      killed: start(unit, 137, page),
      stopped: `systemctl stop tailscaled; ${start(unit, 75, page)}`,
      log: "journalctl --sync; journalctl --no-pager -o cat -t tailscale-watchdog",
      state: "stat -c '%a %U' /var/lib/tailscale-watchdog",
      timer: `systemctl start ${unit}.timer
systemctl show -P TimersMonotonic -P AccuracyUSec -P Unit ${unit}.timer`,
    },
  });
  const ok =
    /^start 0\nresult success\n.*\npage of once --collect watchdog as 0 in \/var\/lib\/tailscale-watchdog\n$/;
  const gone = /^start 1\nresult exit-code\n.*\nno page\n$/;
  assertMatch(steps.get("before") ?? "", ok);
  assertMatch(steps.get("asked") ?? "", ok);
  for (const name of ["failed", "misconfigured", "killed"]) {
    assertMatch(steps.get(name) ?? "", gone);
  }
  const [first, second, ...later] = ["before", "asked", "failed", "misconfigured", "killed"]
    .map((name) => invocationIn(steps.get(name)));
  assert(first !== "none" && second !== "none" && first !== second, `${first} ${second}`);
  assertEquals(new Set(later), new Set([second]));
  // Who stopped it by hand does not want it started.
  assertMatch(steps.get("stopped") ?? "", /\ntailscaled inactive /);
  assertEquals(
    steps.get("log"),
    "RESTART: node-b on relay for 650s, restarting tailscaled\n".repeat(6),
  );
  assertEquals(steps.get("state"), "755 root\n");
  assertMatch(
    steps.get("timer") ?? "",
    /^tsmetrics-watchdog\.service\n\{ OnUnitActiveUSec=1min ; [\s\S]*\n1s\n$/,
  );
});

Deno.test("the host's unit restarts tailscaled on 75 and comes back itself", async () => {
  const unit = "tsmetrics-host";
  const steps = await runBooted({
    programs: { "tsmetrics-host": STAND_IN },
    units: { "tailscaled.service": TAILSCALED },
    changes: { "tsmetrics-host.service": ["RestartSec=5s", "RestartSec=500ms"] },
    steps: {
      before: `mkdir -p /var/lib/alloy; systemctl start tailscaled; ${start(unit, 0, "none")}`,
      asked: `systemctl stop ${unit}; ${start(unit, 75, "none")}
echo 0 > /probe/exit
until test "$(systemctl show -P SubState ${unit})" = running; do sleep 0.1; done; echo back`,
      misconfigured: `systemctl stop ${unit}; ${start(unit, 2, "none")}
sleep 1; systemctl show -P SubState ${unit}`,
    },
  });
  const ids = ["before", "asked", "misconfigured"].map((name) => invocationIn(steps.get(name)));
  assert(ids[0] !== "none" && ids[0] !== ids[1], ids.join(" "));
  assertMatch(steps.get("asked") ?? "", /\nback\n$/);
  // Wrong settings do not get right by themselves.
  assertMatch(steps.get("misconfigured") ?? "", /\nfailed\n$/);
});

Deno.test("the exporter's unit runs the program in the whole of its sandbox", async () => {
  const steps = await runBooted({
    withProgram: true,
    steps: {
      start: `mkdir -p /etc/tsmetrics; echo TEST_DEVICES=demo > /etc/tsmetrics/tsmetrics.env
systemctl start tsmetrics; echo "start $?"
for i in $(seq 450); do curl -sf http://127.0.0.1:9100/readyz && break; sleep 0.1; done
journalctl --no-pager -o cat -u tsmetrics`,
      page: "curl -s http://127.0.0.1:9100/metrics | grep -E '^(tsmetrics_api_up|tsmetrics_demo) '",
      sandbox: `pid=$(systemctl show -P MainPID tsmetrics)
grep -E '^(Uid|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status`,
      stop: `systemctl stop tsmetrics; systemctl show -P Result tsmetrics`,
      misconfigured: `rm /etc/tsmetrics/tsmetrics.env
systemctl start tsmetrics; for i in $(seq 450); do
systemctl show -P SubState tsmetrics | grep failed && break; sleep 0.1; done
systemctl show -P ExecMainStatus tsmetrics`,
    },
  });
  assertMatch(steps.get("start") ?? "", /^start 0\n[\s\S]*"ready"/);
  assertEquals(steps.get("page"), "tsmetrics_api_up 1\ntsmetrics_demo 1\n");
  assertMatch(
    steps.get("sandbox") ?? "",
    /^Uid:\t6\d{4}\t.*\nCapBnd:\t0{16}\nNoNewPrivs:\t1\nSeccomp:\t2\n$/,
  );
  assertEquals(steps.get("stop"), "success\n");
  assertEquals(steps.get("misconfigured"), "failed\n2\n");
});
