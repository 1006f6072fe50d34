import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeDenoDir, pidOf, run, sendTraffic, socketOf, statusOf } from "./_host.ts";
import { Recorder } from "./_host_recorder.ts";
import { Lab } from "./_lab.ts";
import { type Finished, runProgram, type Settings } from "./_program.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const UNITS = new URL("../../deploy/systemd/", import.meta.url);

/** Grades that follow each other fast: rebind after 2 s on a relay, reconnect 3, restart 4. */
const HASTY: Settings = {
  WATCHDOG_INTERVAL: "2s",
  WATCHDOG_THRESHOLD: "16s",
  WATCHDOG_COOLDOWN: "1h",
};

/** A fault of tailscaled's own that nothing but a restart mends: it takes no straight way. */
const FAULT: Settings = { LAB_NODE_ENV: "TS_DEBUG_NEVER_DIRECT_UDP=1" };

/** More runs than any of this takes, on a machine where one takes a quarter of a second. */
const MOST_RUNS = 200;

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ nodes: ["a", "b"] });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** Restarts the host's tailscaled so that it has the fault, and waits until that shows. */
async function breakHost(): Promise<void> {
  await lab.run(["restart", "a"], FAULT);
  await until("node b to be active and without an address", async () => {
    const [peer] = Object.values((await statusOf(lab)).Peer ?? {});
    return peer?.Online === true && peer.Active && peer.CurAddr === "";
  });
}

/** Waits until a restart has mended the host; the timer's next run would come a minute later. */
async function untilMended(): Promise<void> {
  await until("a straight way to node b", async () => {
    const { BackendState, Peer } = await statusOf(lab);
    const [peer] = Object.values(Peer ?? {});
    return BackendState === "Running" && peer?.Online === true && peer.CurAddr !== "";
  });
}

/** One run of a watchdog after the other, as its timer starts them. */
class Watchdog {
  /** What all runs wrote to their log, without time and level. */
  readonly lines: string[] = [];
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** One run; its log is kept. */
  async run(): Promise<Finished> {
    const finished = await runProgram(["once", "--collect", "watchdog"], {
      ...HASTY,
      ...this.#settings,
    });
    // On a busy machine a run may be late, which INTERVAL tells.
    const lines = finished.stderr.split("\n")
      .filter((line) => / watchdog (?!INTERVAL)[A-Z]+: /.test(line));
    this.lines.push(...lines.map((line) => line.replace(/^.* watchdog /, "")));
    return finished;
  }

  /** Runs until there is a line that matches, each time with an exit code of 0. */
  async runUntil(pattern: RegExp): Promise<void> {
    for (let count = 0; count < MOST_RUNS; count++) {
      const { code, stderr } = await this.run();
      assertEquals(code, 0, stderr);
      if (this.lines.some((line) => pattern.test(line))) return;
    }
    throw new Error(`${MOST_RUNS} runs without ${pattern}: ${this.lines.join("\n")}`);
  }

  /** The first words of all lines, each once in a row. */
  get words(): string {
    return this.lines.map((line) => line.split(":")[0])
      .filter((word, at, all) => word !== all[at - 1]).join(" ");
  }
}

/**
 * Does what the unit does after its program has ended, with a `systemctl` that knows no unit but
 * tailscaled's, and restarts the host's tailscaled instead.
 */
async function stopPost(unit: string, exitStatus: number): Promise<void> {
  const text = await Deno.readTextFile(new URL(unit, UNITS));
  const lines = text.split("\n").filter((line) => /^ExecStopPost=.*\bsystemctl\b/.test(line));
  assertEquals(lines.length, 1, unit);
  const line = (lines[0] ?? "").replace(/^ExecStopPost=\+/, "").replaceAll("$$", "$");
  const folder = await Deno.makeTempDir({ prefix: "tsm-systemctl-" });
  try {
    const script = `#!/bin/sh\n` +
      `test "$*" = "try-restart --no-block tailscaled.service" || exit 1\n` +
      `exec "${new URL("lab.sh", import.meta.url).pathname}" restart a\n`;
    await Deno.writeTextFile(`${folder}/systemctl`, script, { mode: 0o755 });
    const { code, stderr } = await run("sh", ["-c", line], {
      EXIT_STATUS: String(exitStatus),
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      LAB_DIR: lab.variable("DIR"),
    });
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("observe only tells, and its unit restarts nothing", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await breakHost();
  await using denoDir = await makeDenoDir();
  await using recorder = new Recorder(socketOf(lab));
  const pid = await pidOf(lab);
  const watchdog = new Watchdog({
    WATCHDOG: "observe",
    LOCALAPI_URL: recorder.url,
    DENO_DIR: denoDir.path,
  });
  await watchdog.runUntil(/^OBSERVED/);
  await watchdog.runUntil(/^WAITING: .* on relay for (?:1[7-9]|[2-9]\d)s \(threshold: 16s\)$/);
  assertMatch(watchdog.words, /^DETECTED (WAITING )?OBSERVED WAITING$/);
  assertMatch(
    watchdog.lines.find((line) => line.startsWith("OBSERVED")) ?? "",
    /^OBSERVED: node-b on relay for \d+s, would restart tailscaled$/,
  );
  for (const { request } of recorder.exchanges) {
    assertMatch(request, /^(GET \/localapi\/v0\/status|POST \/localapi\/v0\/ping\?.*)$/);
  }
  await stopPost("tsmetrics-watchdog.service", 0);
  assertEquals(await pidOf(lab), pid);
});

Deno.test("heal ends with 75, its unit restarts tailscaled, and a cooldown prevents another", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await breakHost();
  await using denoDir = await makeDenoDir();
  await using recorder = new Recorder(socketOf(lab));
  const pid = await pidOf(lab);
  const watchdog = new Watchdog({
    WATCHDOG: "heal",
    LOCALAPI_URL: recorder.url,
    DENO_DIR: denoDir.path,
  });
  let last = await watchdog.run();
  for (let count = 0; last.code === 0 && count < MOST_RUNS; count++) {
    await stopPost("tsmetrics-watchdog.service", last.code);
    assertEquals(await pidOf(lab), pid);
    last = await watchdog.run();
  }
  assertEquals(last.code, 75, watchdog.lines.join("\n"));
  assertMatch(watchdog.words, /^DETECTED (WAITING )?HEAL (WAITING )?(HEAL )?(WAITING )?RESTART$/);
  assertMatch(
    watchdog.lines.at(-1) ?? "",
    /^RESTART: node-b on relay for \d+s, restarting tailscaled$/,
  );
  // The page is whole, and the state was kept before it was asked for.
  assertEquals(new Samples(last.stdout).sum("tailscale_watchdog_restarts_total"), 1);
  const done = recorder.exchanges.filter(({ request }) => /debug|prefs/.test(request));
  assertEquals(done.map(({ request, status }) => `${status} ${request}`), [
    "200 POST /localapi/v0/debug?action=restun",
    "200 POST /localapi/v0/debug?action=rebind",
    "200 PATCH /localapi/v0/prefs",
    "200 PATCH /localapi/v0/prefs",
  ]);
  const wanted = done.slice(2).map(({ body }) => JSON.parse(body).WantRunning);
  assertEquals(wanted, [false, true]);

  await stopPost("tsmetrics-watchdog.service", last.code);
  assert(await pidOf(lab) !== pid, "tailscaled was not restarted");
  await untilMended();
  await watchdog.runUntil(/^RECOVERED: node-b back to direct$/);

  // The same fault again, an hour too early.
  await breakHost();
  await watchdog.runUntil(/^COOLDOWN: /);
  const cooldown = watchdog.lines.find((line) => line.startsWith("COOLDOWN")) ?? "";
  const found = /^COOLDOWN: node-b exceeded threshold but in cooldown \((\d+)s remaining\)$/
    .exec(cooldown);
  const remaining = Number(found?.[1]);
  assert(remaining > 3_000 && remaining < 3_600, cooldown);
  assertEquals(watchdog.lines.filter((line) => line.startsWith("RESTART")).length, 1);
});

Deno.test("serve ends with 75 as well, and remembers its cooldown", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await breakHost();
  await using denoDir = await makeDenoDir();
  await using recorder = new Recorder(socketOf(lab));
  const settings = {
    ...HASTY,
    WATCHDOG_INTERVAL: "1s",
    WATCHDOG: "heal",
    LOCALAPI_URL: recorder.url,
    DENO_DIR: denoDir.path,
    PORT: "0",
  };
  const { code, stdout, stderr } = await runProgram(["serve"], settings);
  assertEquals([code, stdout], [75, ""], stderr);
  const pid = await pidOf(lab);
  await stopPost("tsmetrics-host.service", code);
  assert(await pidOf(lab) !== pid, "tailscaled was not restarted");
  const { stdout: page } = await runProgram(["once", "--collect", "watchdog"], settings);
  assertEquals(new Samples(page).sum("tailscale_watchdog_restarts_total"), 1);
});
