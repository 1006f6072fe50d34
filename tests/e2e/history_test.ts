import { assertEquals } from "@std/assert";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { makeDenoDir } from "./_host.ts";
import { Program } from "./_program.ts";
import { Samples } from "./_samples.ts";
import { until } from "./_until.ts";

Deno.test("serve keeps its history when it is killed, under the permissions of every start", async () => {
  await using denoDir = await makeDenoDir();
  await using tailnet = new FakeTailnet({ devices: ["a"] });
  const settings = { ...tailnet.settings, DENO_DIR: denoDir.path, HISTORY_STORE: "on" };
  const samplesOf = async (program: Program) => new Samples(await program.text("/metrics"));
  {
    await using program = await Program.start(settings);
    await until(
      "the history to be written",
      async () =>
        (await samplesOf(program)).sum("tsmetrics_history_saved_timestamp_seconds") !== undefined,
    );
    await program.stop("SIGKILL");
  }
  await using program = await Program.start(settings);
  await until(
    "the event of the first start, and that of the second",
    async () => (await samplesOf(program)).sum("tsmetrics_history_kept_events") === 2,
  );
  const samples = await samplesOf(program);
  assertEquals(samples.sum("tsmetrics_history_store_errors_total"), 0);
  assertEquals(samples.sum("tsmetrics_history_damaged_segments_total"), 0);
  assertEquals((await program.stop()).code, 0);
});
