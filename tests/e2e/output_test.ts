import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { Program, runProgram } from "./_program.ts";
import { Samples, takeSamples } from "./_samples.ts";
import { together } from "./_together.ts";
import { until } from "../_support/until.ts";

/** Devices that fail in a cycle, each logged by name: a few cycles fill a pipe and our queue. */
const FAILING = 100, NAME_LENGTH = 1_500;

/** Lists answered so far: each has new devices, whose failure is news. */
let lists = 0;

/** A device that the proxy of the fake does not know; the program logs a line for each. */
function failingDevice(_: unknown, index: number): Readonly<Record<string, unknown>> {
  return {
    id: `id-${lists}-${index}`,
    nodeId: `n${lists}${index}CNTRL`,
    name: `${"x".repeat(NAME_LENGTH)}-${index}.fake.ts.net`,
    hostname: `x-${index}`,
    addresses: [`100.65.${index >> 8}.${index & 255}`],
    authorized: true,
    connectedToControl: true,
    tags: ["tag:exporter"],
  };
}

function answerFailing(): Response {
  lists++;
  return Response.json({ devices: Array.from({ length: FAILING }, failingDevice) });
}

/** What the program's launch gives, with standard output or error going elsewhere. */
function redirected(redirection: string): readonly string[] {
  const command = `exec "$0" run -q -P --no-prompt src/main.ts "$@" ${redirection}`;
  return ["sh", "-c", command, Deno.execPath()];
}

Deno.test("serve goes on when its log is not read, and says how much it dropped", async () => {
  await using tailnet = new FakeTailnet({ devices: ["one"] });
  await using program = await Program.start({
    ...tailnet.settings,
    MAX_CONCURRENT_SCRAPES: "100",
  });
  await program.untilStarted();
  program.log.pause();
  tailnet.onDevices = answerFailing;
  const dropped = await until("dropped log lines", async () => {
    return (await takeSamples(program)).sum("tsmetrics_log_lines_dropped_total") || undefined;
  });
  assertEquals((await (await program.get("/livez")).json()).status, "ok");
  program.log.resume();
  const [line = ""] = await program.untilLogged(/ WARN log Dropped \d+ log lines: standard error/);
  assert(Number(/Dropped (\d+)/.exec(line)?.[1]) >= dropped, line);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("serve shuts down although its log is not read", async () => {
  await using tailnet = new FakeTailnet({ devices: ["one"] });
  await using program = await Program.start({
    ...tailnet.settings,
    MAX_CONCURRENT_SCRAPES: "100",
  });
  program.log.pause();
  tailnet.onDevices = answerFailing;
  await until("dropped log lines", async () => {
    return (await takeSamples(program)).sum("tsmetrics_log_lines_dropped_total") || undefined;
  });
  program.signal("SIGTERM");
  assertEquals(await program.code(), 0);
});

Deno.test("serve ends with 1 at a defect that nothing catches, even if its log is not read", async () => {
  await using tailnet = new FakeTailnet({ devices: ["one"] });
  tailnet.onDevices = answerFailing;
  const launch = [Deno.execPath(), "run", "-q", "-P", "--no-prompt"]
    .concat("tests/e2e/_defect.ts");
  await using program = new Program(tailnet.settings, [], launch);
  program.log.pause();
  assertEquals(await program.code(), 1);
  const { code, stderr } = await runProgram([], { ...tailnet.settings, PORT: "0" }, launch);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^A defect of tsmetrics: a defect of the test: tskey-api-\[redacted\]\n {4}at .*_defect\.ts/m,
  );
});

const DEMO = { TEST_DEVICES: "gateway-1" };

Deno.test("once says what is wrong with standard output and exits with 1", async () => {
  const wanted = /^Cannot write to standard output: No space left on device \(os error 28\)$/m;
  await together(
    [["once"], ["check"], ["once", "--explain"], ["help"], ["version"]],
    async (args) => {
      const { code, stderr } = await runProgram(args, DEMO, redirected(">/dev/full"));
      assertEquals(code, 1);
      assertMatch(stderr, wanted);
      assert(!stderr.includes("defect"), stderr);
    },
  );
});

Deno.test("the exit code is right whatever standard error does with the words", async () => {
  for (const redirection of ["2>/dev/full", "2>&-"]) {
    const page = await runProgram(["once"], DEMO, redirected(redirection));
    assertEquals([page.code, page.stderr], [0, ""]);
    assertEquals(new Samples(page.stdout).sum("tailscale_device_count"), 1);
    const fault = await runProgram(["once"], { ...DEMO, PORT: "x" }, redirected(redirection));
    assertEquals([fault.code, fault.stdout, fault.stderr], [2, "", ""]);
  }
});

Deno.test("once shuts down although its page is not read", async () => {
  await using program = new Program({ TEST_DEVICES: "demo:400", LOG_LEVEL: "debug" }, ["once"]);
  program.stdout.pause();
  await program.untilLogged(/ DEBUG device Scraped /);
  program.signal("SIGTERM");
  assertEquals(await program.code(), 1);
});
