import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { freePort } from "../_support/free_port.ts";
import { Prometheus, type Result } from "./_prometheus.ts";
import { DEVICES, documented, PATHS, Replicas, SECTION } from "./_replicas.ts";
import { takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { type Sample, VictoriaMetrics } from "./_victoria_metrics.ts";

const INTERVAL_SECONDS = 2;
/** Consecutive intervals after which it is no chance which replica is kept. */
const STEADY_INTERVALS = 5;
/** Its value tells the replicas apart, its labels do not. */
const TELLTALE = 'process_start_time_seconds{job="tsmetrics"}';

/** The server's intervals; a sample at the very end of one belongs to it. */
const intervalOf = ({ atMs }: Sample): number => Math.ceil(atMs / (1000 * INTERVAL_SECONDS));
/** A start to the hundredth of a second: the server keeps fewer digits than it is given. */
const startOf = (value: number | null | undefined): string => (value ?? NaN).toFixed(2);
const startsOf = (samples: readonly Sample[]): ReadonlySet<string> =>
  new Set(samples.map(({ value }) => startOf(value)));
const labelsOf = (results: readonly Result[]): readonly string[] =>
  results.map(({ metric }) => JSON.stringify(Object.entries(metric).toSorted())).toSorted();

/** Waits until a server tells both replicas apart, each with this value of `up`. */
async function untilUp(
  server: Pick<Prometheus, "query">,
  hosts: readonly string[],
  wanted: readonly number[],
): Promise<void> {
  await until(`up to be ${wanted}`, async () => {
    // It may not listen yet.
    const up = await server.query('up{job="tsmetrics"}').catch(() => []);
    const found = hosts.map((host) => up.find(({ metric }) => metric.instance === host)?.value);
    return up.length === hosts.length && String(found) === String(wanted);
  });
}

Deno.test("VictoriaMetrics counts two replicas once as documented, and goes on with one", async () => {
  await using replicas = await Replicas.start();
  const { programs, hosts } = replicas;
  const starts = await Promise.all(programs.map(async (program) => {
    return startOf((await takeSamples(program)).sum("process_start_time_seconds"));
  }));
  assertNotEquals(starts[0], starts[1]);

  const ruled = documented("scrape_configs", {
    "30s": `${INTERVAL_SECONDS}s`,
    "tsmetrics-a:9100": hosts[0],
    "tsmetrics-b:9100": hosts[1],
  });
  const unruled = ruled.replace("scrape_configs:\n", "")
    .replace("job_name: tsmetrics", "job_name: unruled")
    .replace(/ +metric_relabel_configs:\n.*\n/, "");
  const [flag] = /-dedup\.\w+/.exec(SECTION) ?? [];
  await using server = await VictoriaMetrics.start(ruled, [`${flag}=${INTERVAL_SECONDS}s`]);
  // what comes of it without the flag, and without the rule
  await using other = await VictoriaMetrics.start(ruled + unruled);

  // each interval has one sample, of the same replica as the one before
  const last = async () => (await server.samples(TELLTALE)).slice(-STEADY_INTERVALS);
  const steady = await until("one replica in interval after interval", async () => {
    const samples = await last();
    const isGapless = samples.map(intervalOf).every((each, index, all) =>
      index === 0 || each - 1 === all[index - 1]
    );
    return samples.length === STEADY_INTERVALS && isGapless && startsOf(samples).size === 1 &&
      samples;
  });
  const [from = NaN, to = NaN] = [steady[0], steady.at(-1)].map((each) => each && intervalOf(each));
  const all = await until("the same intervals without the flag", async () => {
    const samples = await other.samples(TELLTALE);
    return samples.some((sample) => intervalOf(sample) > to) && samples;
  });
  const both = all.filter((sample) => intervalOf(sample) >= from && intervalOf(sample) <= to);
  assert(both.length > 1.5 * STEADY_INTERVALS, `${both.length} samples without the flag`);
  assertEquals(startsOf(both), new Set(starts));

  // one series a device, and told apart is who answers
  const count = async (of: VictoriaMetrics, job: string) =>
    (await of.query(`count(tailscale_device_online{job="${job}"})`))[0]?.value;
  // a scrape that a busy machine fails takes the series of its target away for a while
  await until("each device once, and twice without the rule", async () => {
    const counts = await Promise.all([
      count(server, "tsmetrics"),
      count(other, "tsmetrics"),
      count(other, "unruled"),
    ]);
    return counts.join() === [1, 1, 2].map((times) => times * DEVICES.length).join();
  });
  await untilUp(server, hosts, [1, 1]);

  // the replica that was kept ends, and the other one is kept
  const before = labelsOf(await server.query("tailscale_device_online"));
  const kept = startOf(steady[0]?.value) === starts[0] ? 0 : 1;
  const stoppedMs = Date.now();
  assertEquals((await programs[kept].stop()).code, 0);
  await until("the other in interval after interval", async () => {
    const now = startsOf(await last());
    return now.size === 1 && now.has(starts[1 - kept] ?? "");
  });
  await until("the same series", async () => {
    return labelsOf(await server.query("tailscale_device_online")).join() === before.join();
  });
  await untilUp(server, hosts, [kept, 1 - kept]);
  // when a target fails the server marks its series as ended, once, and that may be the last word
  // of the interval
  const marks = (await server.samples(TELLTALE))
    .filter(({ atMs, value }) => value === null && atMs >= stoppedMs);
  assert(marks.length <= 1, `${marks.length} intervals without a value`);
});

Deno.test("Prometheus counts two replicas once by the documented rules, and goes on with one", async () => {
  await using replicas = await Replicas.start();
  const { programs, hosts } = replicas;
  const directory = await Deno.makeTempDir({ prefix: "tsmetrics-replica-" });
  await Deno.writeTextFile(`${directory}/rules.yml`, documented("groups"));
  const config = {
    global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    scrape_configs: [{ job_name: "tsmetrics", static_configs: [{ targets: hosts }] }],
  };
  await Deno.writeTextFile(`${directory}/prometheus.yml`, JSON.stringify(config));
  await using server = new Prometheus(directory, freePort());
  const one = async (query: string) => (await server.query(query))[0]?.value;
  const recorded = async () =>
    labelsOf([
      ...await server.query("device:online:max"),
      ...await server.query("device_path:tailscaled_inbound_bytes:rate5m > 0"),
    ]);

  await untilUp(server, hosts, [1, 1]);
  await until("each device twice", async () => {
    return await one("count(tailscale_device_online)") === 2 * DEVICES.length;
  });
  const once = DEVICES.length * (1 + PATHS.length);
  await until("a rate of each replica and path", async () => {
    const query = "count(rate(tailscaled_inbound_bytes_total[5m]) > 0)";
    return await one(query) === 2 * DEVICES.length * PATHS.length;
  });
  const untilEvaluated = async () => {
    const sinceSeconds = Date.now() / 1000;
    await until("the rules", async () => {
      return (await one("min(timestamp(device:online:max))") ?? 0) > sinceSeconds;
    });
  };
  await untilEvaluated();
  const before = await recorded();
  assertEquals([before.length, before.filter((labels) => labels.includes("instance"))], [once, []]);

  assertEquals((await programs[0].stop()).code, 0);
  await until("the end of its series", async () => {
    return await one("count(tailscale_device_online)") === DEVICES.length;
  });
  await untilEvaluated();
  assertEquals(await recorded(), before);
  await untilUp(server, hosts, [0, 1]);
});
