import { assertEquals } from "@std/assert";
import { FakeTailnet, REAL_PAGE } from "./_fake_tailnet.ts";
import { Program, type Settings } from "./_program.ts";
import { assertPrompt, worstWaitMs } from "./_prompt.ts";
import { drain, RawDevices, write } from "./_raw_device.ts";
import { takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";

/** From before the first page is read to after all are read a second time. */
const WATCHED_MS = 10_000;

function repeat(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join("");
}

const FILL = "x".repeat(100);

/** The pages below the default limits that take longest to read, for reasons of their own. */
const WORST_PAGES: readonly string[] = [
  repeat(9_999, (at) => `m{a="${(at * 7919) % 100_000}",b="${FILL}"} ${at}\n`),
  repeat(9_999, (at) => `m${at % 180} { a = "${"\\x".repeat(70)}${at}" } ${at}\n`),
  repeat(19_990, (at) => `# HELP m${at % 190} text ${at}\n`) + "m1 1\n",
  "# TYPE h histogram\n" + repeat(3_000, (at) => `h_bucket{x="${at}",le="+Inf"} 1\n`) +
  repeat(3_000, (at) => `h_sum{x="${at}"} 1\nh_count{x="${at}"} 1\n`),
];

/** The longest wait for /livez while devices send these pages, and whether all were shown. */
async function watch(
  pages: readonly string[],
  settings: Settings = {},
): Promise<number> {
  await using tailnet = new FakeTailnet({ devices: ["unused"] });
  await using devices = new RawDevices();
  for (const [index, page] of [...pages, REAL_PAGE].entries()) {
    const body = new TextEncoder().encode(page);
    devices.answers.set(index + 1, async (connection) => {
      await drain(connection);
      await write(
        connection,
        `${HEAD}Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      await write(connection, body);
    });
  }
  tailnet.onDevices = () =>
    Response.json({
      devices: Array.from({ length: pages.length + 1 }, (_, index) => ({
        id: `id-${index + 1}`,
        name: `device-${index + 1}.fake.ts.net`,
        addresses: [`127.0.1.${index + 1}`],
        connectedToControl: true,
        tags: ["tag:exporter"],
      })),
    });
  const { SCRAPE_PROXY: _, ...known } = tailnet.settings;
  await using program = await Program.start({
    ...known,
    CLIENT_METRICS_PORT: String(devices.port),
    SCRAPE_INTERVAL: "5s",
    CLIENT_METRICS_TIMEOUT: "20s",
    SCRAPE_ALLOW_CIDRS: "127.0.1.0/24",
    MAX_CONCURRENT_SCRAPES: "50",
    ...settings,
  });
  const worstMs = await worstWaitMs(program, WATCHED_MS);
  await until("every page to be shown", async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up") === pages.length + 1;
  });
  assertEquals((await program.stop()).code, 0);
  return worstMs;
}

Deno.test("Program answers at once while it reads twenty of the worst pages", async () => {
  const pages = Array.from({ length: 20 }, (_, at) => WORST_PAGES[at % 4] ?? "");
  await assertPrompt(() => watch(pages));
});

Deno.test("Program answers at once while it reads 40 MB that raised limits let in", async () => {
  const page = repeat(
    400_000,
    (at) => `m{a="${(at * 7919) % 1_000_000}",b="${FILL.slice(30)}"} 1\n`,
  );
  const settings = { LIMIT_PAGE_BYTES: "60000000", LIMIT_PAGE_SERIES: "1000000" };
  await assertPrompt(() => watch([page], settings));
});
