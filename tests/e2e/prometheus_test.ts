import { delay } from "../../src/time/delay.ts";
import { assert, assertEquals } from "@std/assert";
import { DOCUMENTED } from "./_documented.ts";
import { Program } from "./_program.ts";
import { Prometheus } from "./_prometheus.ts";
import { until } from "../_support/until.ts";

const SCRAPED_SECONDS = 60;
/** As long as a scrape may take; the usual ones are held to a second. */
const INTERVAL_SECONDS = 4;

Deno.test("Program is scraped by a real Prometheus for a minute without a fault", async () => {
  await using program = await Program.start({
    TEST_DEVICES: "demo",
    SCRAPE_INTERVAL: "5s",
    CLIENT_METRICS_TIMEOUT: "1s",
  });
  await program.untilStarted();
  await using prometheus = await Prometheus.start({
    target: new URL(program.origin).host,
    intervalSeconds: INTERVAL_SECONDS,
  });
  await until("a first scrape", async () => (await prometheus.query("up")).length > 0);
  await delay(SCRAPED_SECONDS * 1000);

  // up is 1 throughout
  const one = async (query: string) => (await prometheus.query(query))[0]?.value ?? NaN;
  const range = `[${SCRAPED_SECONDS}s]`;
  assertEquals(await one(`min_over_time(up${range})`), 1);
  const scrapes = await one(`count_over_time(up${range})`);
  assert(
    scrapes >= SCRAPED_SECONDS / INTERVAL_SECONDS - 2,
    `${scrapes} scrapes in ${SCRAPED_SECONDS} s`,
  );
  assert(await one(`min_over_time(scrape_samples_scraped${range})`) > 100);
  // A machine with other work is late now and then, which says nothing about the program.
  assert(await one(`quantile_over_time(0.7, scrape_duration_seconds${range})`) < 1);

  // its log is clean: no warning at all, and not a word of the scraper, which speaks of faults only
  // a log in another spelling would be clean to any pattern
  assert(prometheus.log.matching(/level=debug .*component=/i).length > 0, prometheus.log.text);
  assertEquals(prometheus.log.matching(/level=(?:warn|error)/i), []);
  assertEquals(prometheus.log.matching(/level=debug .*scrape_pool=/i), []);
  assert(prometheus.log.matching(/Server is ready to receive web requests/i).length === 1);

  // every documented metric is there, with exactly its labels
  for (const { name, labels } of DOCUMENTED) {
    const isHistogram = name === "tsmetrics_scrape_duration_seconds";
    const series = await prometheus.series(isHistogram ? `${name}_count` : name);
    assert(series.length > 0, `no series of ${name}`);
    const found = new Set(series.flatMap((each) => Object.keys(each)));
    assertEquals([...found].sort(), [...labels, "__name__", "instance", "job"].sort(), name);
  }

  // new names, and the types that queries go by; OpenMetrics leaves the suffix out of them
  const types = await prometheus.types();
  const wanted = {
    tailscale_device_online: "gauge",
    tailscale_device_exit_node_option: "gauge",
    tailscaled_home_derp_region_id: "gauge",
    tailscaled_inbound_bytes: "counter",
    tailscaled_outbound_dropped_packets: "counter",
    tailscaled_peer_relay_forwarded_bytes: "counter",
    tailscaled_serve_inbound_bytes: "counter",
    tsmetrics_scrape_duration_seconds: "histogram",
    tsmetrics_device_up: "gauge",
    tsmetrics_api_up: "gauge",
    tsmetrics_build_info: "gauge",
    process_resident_memory_bytes: "gauge",
  };
  assertEquals(
    Object.fromEntries(Object.keys(wanted).map((name) => [name, types.get(name)])),
    wanted,
  );

  // the fleet lives, and its counters can be counted with
  assert(await one(`sum(rate(tailscaled_inbound_bytes_total${range}))`) > 0);
  assertEquals(
    await one(`sum(resets(tailscaled_inbound_bytes_total${range}))`),
    0,
    "counters went back",
  );
  // In one query, or a scrape may come between.
  assertEquals(await one("tailscale_device_count - scalar(count(tailscale_device_info))"), 0);
  assertEquals((await program.stop()).code, 0);
});
