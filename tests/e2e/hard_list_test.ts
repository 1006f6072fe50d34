import { assert, assertEquals } from "@std/assert";
import { FakeTailnet, PAGE_HEADERS, REAL_PAGE } from "./_fake_tailnet.ts";
import { Program } from "./_program.ts";
import { assertShown, REAL_SAMPLES, samplesOf } from "./_real_page.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";

type Entry = Readonly<Record<string, unknown>>;

/** A device that is online and to be scraped, at 100.64.0.`number`. */
function entry(number: number, more: Entry = {}): Entry {
  return {
    id: `id-${number}`,
    name: `device-${number}.fake.ts.net`,
    addresses: [`100.64.0.${number}`],
    user: "somebody@example.com",
    os: "linux",
    authorized: true,
    connectedToControl: true,
    tags: ["tag:exporter"],
    ...more,
  };
}

/** A program over a list that a test changes; four devices answer at 100.64.0.1 to 4. */
async function start(list: { entries: readonly Entry[] }) {
  const tailnet = new FakeTailnet({ devices: ["1", "2", "3", "4"] });
  tailnet.onDevices = () => Response.json({ devices: list.entries });
  // cycles that a busy machine keeps up with
  const program = await Program.start({ ...tailnet.settings, SCRAPE_INTERVAL: "2s" });
  return {
    tailnet,
    program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await tailnet[Symbol.asyncDispose]();
    },
  };
}

async function untilUp(program: Program, count: number): Promise<void> {
  await until(`${count} pages`, async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up") === count;
  });
}

/** Waits until the device's page was asked for once more, and looked at by the watch. */
async function untilWatched(tailnet: FakeTailnet, name: string, watch: Watch): Promise<void> {
  const before = tailnet.tries(name);
  await until("another page", () => tailnet.tries(name) > before);
  const { count } = watch;
  // the first scrape may have been on its way
  await until("two more scrapes", () => watch.count >= count + 2);
}

/** Fails unless a device is up and shown, once, under the name it has in the list. */
function assertUp(samples: Samples, number: number): void {
  const device_id = `id-${number}`;
  const labels = { device_id, device_name: `device-${number}.fake.ts.net` };
  for (const family of ["tsmetrics_device_up", "tailscale_device_online"]) {
    const found = samples.all(family, { device_id });
    assertEquals(found.map((sample) => [sample.labels, sample.value]), [[labels, 1]], family);
  }
  assertShown(samples, labels);
}

Deno.test("Program counts a device once that the API lists twice, and says so", async () => {
  const list = { entries: [entry(1), entry(2), entry(1, { name: "double.fake.ts.net" })] };
  await using rig = await start(list);
  const { program, tailnet } = rig;
  await untilUp(program, 2);
  await using watch = new Watch(program.origin, (samples) => {
    assertEquals(samples.sum("tailscale_device_count"), 2);
    for (const number of [1, 2]) assertUp(samples, number);
  });
  const samples = await takeSamples(program);
  assertEquals(samples.sum("tailscale_device_count"), 2);
  assertEquals(samples.sum("tsmetrics_api_rejected_devices"), 1);
  assertEquals(
    samples.all("tailscale_device_online").map(({ labels }) => labels.device_name),
    ["device-1.fake.ts.net", "device-2.fake.ts.net"],
  );
  // but for the one about a timeout that is longer than the interval
  const lines = await program.untilLogged(/ WARN (?!config )/);
  assertEquals(lines.length, 1, lines.join("\n"));
  assert(lines[0]?.includes("Listed twice: the id is that of entry 0"), lines[0]);
  list.entries = [entry(1), entry(2)];
  await until("a clean list", async () => {
    return (await takeSamples(program)).sum("tsmetrics_api_rejected_devices") === 0;
  });
  await untilWatched(tailnet, "1", watch);
  assertEquals(watch.faults, []);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program keeps two devices of one name apart", async () => {
  const name = "twin.fake.ts.net";
  const entries = [entry(1, { name }), entry(2, { name, os: "windows", authorized: false })];
  await using rig = await start({ entries });
  const { program, tailnet } = rig;
  // each sample of the second one tells it from the first one
  const page = REAL_PAGE.replace(/^(tailscaled_.*) (\d+)$/gm, (_, series, value) => {
    return `${series} ${Number(value) + 1}`;
  });
  const other = samplesOf(page);
  assertEquals(
    other.map(({ value }) => value - 1),
    REAL_SAMPLES.map(({ value }) => value),
  );
  tailnet.onPage.set("2", () => new Response(page, { headers: PAGE_HEADERS }));
  await untilUp(program, 2);
  const first = { device_id: "id-1", device_name: name };
  const second = { device_id: "id-2", device_name: name };
  await until("the second one's own page", async () => {
    return (await takeSamples(program)).sum("tailscaled_approved_routes", second) === 1;
  });
  await using watch = new Watch(program.origin, (samples) => {
    assertEquals(samples.sum("tailscale_device_count"), 2);
    for (const family of ["tsmetrics_device_up", "tailscale_device_online"]) {
      const found = samples.all(family, { device_name: name });
      assertEquals(found.map(({ labels, value }) => [labels, value]), [[first, 1], [second, 1]]);
    }
    assertEquals(samples.sum("tailscale_device_authorized", first), 1);
    assertEquals(samples.sum("tailscale_device_authorized", second), 0);
    assertEquals(
      samples.all("tailscale_device_info").map(({ labels }) => [labels.device_id, labels.os]),
      [["id-1", "linux"], ["id-2", "windows"]],
    );
    assertShown(samples, first);
    assertShown(samples, second, other);
  });
  await untilWatched(tailnet, "2", watch);
  assertEquals(watch.faults, []);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program survives a value of 5 MB in the list and cuts it", async () => {
  const user = "x".repeat(5_000_000);
  const list = { entries: [entry(1, { user, os: user, tags: ["tag:exporter", user] }), entry(2)] };
  await using rig = await start(list);
  const { program } = rig;
  await untilUp(program, 2);
  let isFirstListed = true;
  await using watch = new Watch(program.origin, (samples) => {
    assertUp(samples, 2);
    // the first one goes and the third one comes, each with all that it has
    for (const number of [1, 3]) {
      const isUp = samples.all("tsmetrics_device_up", { device_id: `id-${number}` }).length > 0;
      if (isUp) assertUp(samples, number);
      else assert(number === 3 || !isFirstListed, "the first one is gone");
    }
    const lengths = samples.families.flatMap((family) => family.samples)
      .flatMap(({ labels }) => Object.values(labels).map((value) => value.length));
    assert(Math.max(...lengths) <= 1024, `${Math.max(...lengths)} characters`);
  });
  const samples = await takeSamples(program);
  const [info] = samples.all("tailscale_device_info", { device_id: "id-1" });
  assertEquals(info?.labels.os?.length, 1024);
  assertEquals(samples.all("tailscale_device_user", { device_id: "id-1" }).length, 1);
  const size = (await program.text("/metrics")).length;
  assert(size < 100_000, `${size} bytes`);
  // an id or a name that long makes no device, and takes no other one with it
  isFirstListed = false;
  list.entries = [entry(1, { id: user }), entry(2), entry(3)];
  await until("the next list", async () => {
    return (await takeSamples(program)).sum("tsmetrics_api_rejected_devices") === 1;
  });
  const last = await until("the third one", async () => {
    const page = await takeSamples(program);
    return page.sum("tsmetrics_device_up", { device_id: "id-3" }) === 1 && page;
  });
  assertEquals(last.sum("tailscale_device_count"), 2);
  assertEquals(last.sum("tsmetrics_device_up"), 2);
  for (const number of [2, 3]) assertUp(last, number);
  assertEquals(watch.faults, []);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program follows a device that is renamed and re-keyed between two cycles", async () => {
  const list = { entries: [entry(1, { nodeId: "n1CNTRL" }), entry(2)] };
  await using rig = await start(list);
  const { program, tailnet } = rig;
  await untilUp(program, 2);
  await using watch = new Watch(program.origin, (samples) => {
    // never two names, whatever the moment
    const names = new Set(
      samples.all("tsmetrics_device_up", { device_id: "id-1" })
        .map(({ labels }) => labels.device_name),
    );
    assert(names.size <= 1, [...names].join());
    assertShown(samples, { device_id: "id-2" });
  });
  // the device fails at its old place, so that a back-off is under way
  tailnet.onPage.set("1", () => new Response(null, { status: 502 }));
  await until("a failure", async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up", { device_id: "id-1" }) === 0;
  });
  list.entries = [
    entry(1, { nodeId: "n9CNTRL", name: "renamed.fake.ts.net", addresses: ["100.64.0.3"] }),
    entry(2),
  ];
  await untilUp(program, 2);
  const text = await program.text("/metrics");
  assert(!text.includes("device-1.fake.ts.net"), "the old name is still there");
  const samples = await takeSamples(program);
  assertShown(samples, { device_id: "id-1", device_name: "renamed.fake.ts.net" });
  // a new id is a new device
  list.entries = [entry(4, { name: "renamed.fake.ts.net" }), entry(2)];
  await until("the new id", async () => {
    const page = await takeSamples(program);
    return page.sum("tsmetrics_device_up", { device_id: "id-4" }) === 1 &&
      page.all("tsmetrics_device_up", { device_id: "id-1" }).length === 0;
  });
  assert(!(await program.text("/metrics")).includes("id-1"), "the old id is still there");
  assertEquals(watch.faults, []);
  assertEquals((await program.stop()).code, 0);
});
