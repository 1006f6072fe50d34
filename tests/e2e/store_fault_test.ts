import { assert, assertEquals } from "@std/assert";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { makeDenoDir, run } from "./_host.ts";
import { Program, type Settings } from "./_program.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const ERRORS = "tsmetrics_history_store_errors_total";
const DAMAGED = "tsmetrics_history_damaged_segments_total";
const SAVED = "tsmetrics_history_saved_timestamp_seconds";
const FAILING = /Cannot keep the history beyond this process/;
const AGAIN = /The history is kept beyond this process again/;

/** What is silenced only for something to be saved. */
const MARKER = "marker";

/** A file system of 4 MB for a directory; disposing of it takes it away. */
async function mountSmall(path: string): Promise<AsyncDisposable> {
  await Deno.mkdir(path);
  const { code, stderr } = await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path]);
  assertEquals(code, 0, stderr);
  return { [Symbol.asyncDispose]: async () => void await run("umount", ["-l", path]) };
}

async function remount(path: string, mode: "ro" | "rw"): Promise<void> {
  const { code, stderr } = await run("mount", ["-o", `remount,${mode}`, path]);
  assertEquals(code, 0, stderr);
}

/** Takes all the room that is left. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for (const size of [65_536, 4_096]) {
    try {
      for (;;) await file.write(new Uint8Array(size));
    } catch {
      // No room for as many bytes.
    }
  }
}

/** What a metric of the program is now; 0 while it has none. */
async function valueOf(program: Program, name: string): Promise<number> {
  return new Samples(await program.text("/metrics")).sum(name) ?? 0;
}

/** Silences nodes that there are none of: this is saved with the next cycle. */
async function silence(program: Program, node: string): Promise<void> {
  const response = await fetch(`${program.origin}/api/v1/silences?node=${node}&minutes=60`, {
    method: "POST",
    headers: { "x-requested-with": "tsmetrics" },
  });
  assertEquals(response.status, 200, await response.text());
}

/** What is silenced, but for {@linkcode MARKER}. */
async function silencedBy(program: Program): Promise<readonly string[]> {
  const { silences } = JSON.parse(await program.text("/api/v1/alerts"));
  return silences.map(({ node }: { readonly node: string }) => node)
    .filter((node: string) => node !== MARKER);
}

/** Silences nodes, and waits until that is in the store. */
async function silenceAndSave(program: Program, node: string): Promise<void> {
  // A write that had begun before may end after the first; one that ends after the second has it.
  for (const each of [node, MARKER]) {
    const startS = Date.now() / 1000;
    await silence(program, each);
    await until("the silence to be saved", async () => await valueOf(program, SAVED) > startS);
  }
}

/** The settings of a program with a store of its own. */
function settingsOf(tailnet: FakeTailnet, denoDir: string): Settings {
  const more = { SCRAPE_INTERVAL: "1s", RATE_LIMIT_RPS: "1000", RATE_LIMIT_BURST: "1000" };
  return { ...tailnet.settings, ...more, DENO_DIR: denoDir, HISTORY_STORE: "on" };
}

Deno.test("serve shows nothing wrong while its store is full, read-only or gone, and counts what failed", async () => {
  await using denoDir = await makeDenoDir();
  const place = `${denoDir.path}/location_data`;
  await using _mount = await mountSmall(place);
  await using tailnet = new FakeTailnet({ devices: ["a"] });
  const settings = settingsOf(tailnet, denoDir.path);
  {
    await using program = await Program.start(settings);
    await program.untilStarted();
    await silenceAndSave(program, "before");
    await fill(`${place}/filler`);
    await silence(program, "full");
    await until("failed writes", async () => await valueOf(program, ERRORS) > 2);
    assertEquals(await silencedBy(program), ["before", "full"]);
    assertEquals((await program.untilLogged(FAILING)).length, 1);
    await program.stop("SIGKILL");
  }
  {
    await using program = await Program.start(settings);
    await program.untilStarted();
    await program.untilLogged(FAILING);
    assert(await valueOf(program, ERRORS) > 0);
    // Without room the platform may not even read; with it, the past is there again.
    await Deno.remove(`${place}/filler`);
    await program.untilLogged(AGAIN);
    assertEquals([await silencedBy(program), await valueOf(program, DAMAGED)], [["before"], 0]);
    await silenceAndSave(program, "with room");

    assertEquals((await program.stop()).code, 0);
  }
  await remount(place, "ro");
  {
    await using program = await Program.start(settings);
    await program.untilStarted();
    await silence(program, "read-only");
    await until("failed writes", async () => await valueOf(program, ERRORS) > 2);
    assertEquals((await program.untilLogged(FAILING)).length, 1);
    assertEquals(await valueOf(program, DAMAGED), 0);
    await remount(place, "rw");
    await program.untilLogged(AGAIN);
    assertEquals(await silencedBy(program), ["before", "with room", "read-only"]);
    await program.stop("SIGKILL");
  }
  {
    await using program = await Program.start(settings);
    await program.untilStarted();
    assertEquals(await silencedBy(program), ["before", "with room", "read-only"]);
    for await (const { name } of Deno.readDir(place)) {
      await Deno.remove(`${place}/${name}`, { recursive: true });
    }
    await silence(program, "gone");
    // The platform goes on with the deleted files: the next start begins with none.
    assertEquals(await silencedBy(program), ["before", "with room", "read-only", "gone"]);
    await program.stop("SIGKILL");
  }
  await using program = await Program.start(settings);
  await program.untilStarted();
  assertEquals([await silencedBy(program), await valueOf(program, DAMAGED)], [[], 0]);
  await silenceAndSave(program, "anew");
  assertEquals([await valueOf(program, ERRORS), (await program.stop()).code], [0, 0]);
});

Deno.test("serve shares its store with a second process, and neither loses what the other keeps", async () => {
  await using denoDir = await makeDenoDir();
  await using tailnet = new FakeTailnet({ devices: ["a"] });
  const settings = settingsOf(tailnet, denoDir.path);
  {
    await using one = await Program.start(settings);
    await using two = await Program.start(settings);
    for (const program of [one, two]) await program.untilStarted();
    for (const [node, program] of [["of one", one], ["of two", two]] as const) {
      await silenceAndSave(program, node);
    }
    for (const program of [one, two]) {
      assertEquals([await valueOf(program, ERRORS), await valueOf(program, DAMAGED)], [0, 0]);
      await program.stop("SIGKILL");
    }
  }
  await using third = await Program.start(settings);
  await third.untilStarted();
  assertEquals((await silencedBy(third)).toSorted(), ["of one", "of two"]);
  assertEquals(await valueOf(third, DAMAGED), 0);
});
