import { assert, assertEquals } from "@std/assert";
import { embeddedSettings, linesOf, makeDenoDir, untilState } from "./_embedded.ts";
import { CONTROL_LATE } from "./_embedded_fault.ts";
import { CLIENT_SECRET } from "./_key_api.ts";
import { Lab, type LabNode, type LabServer, type ListedNode } from "./_lab.ts";
import type { Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

/** Where the API that makes auth keys listens, in the network of node a. */
const API_PORT = "9180";

let denoDir: string;
let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ nodes: ["a", "b"] });
  denoDir = await makeDenoDir();
});

Deno.test.afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  if (denoDir !== undefined) await Deno.remove(denoDir, { recursive: true });
});

/** The program as a node of this name. */
async function settingsOf(hostname: string): Promise<Settings> {
  return { ...await embeddedSettings(lab, denoDir), TSNET_HOSTNAME: hostname };
}

/** A line with the URL to log in at, which ends with what headscale calls the request. */
const URL_LINE = / log in at \S+\/(hskey-authreq-[\w-]+)/;

/** The node of this name as headscale lists it, if it does. */
async function nodeOf(name: string): Promise<ListedNode | undefined> {
  return (await lab.nodes()).find(({ givenName }) => givenName === name);
}

async function expire(node: ListedNode | undefined): Promise<void> {
  await lab.run(["hs", "nodes", "expire", "--identifier", node?.id ?? ""]);
}

/** What a program has logged of its node, without a control plane that a busy machine made late. */
function nodeLinesOf(program: LabServer): readonly string[] {
  return linesOf(program, "tsnet").filter((line) => !CONTROL_LATE.includes(line));
}

/** What a program left behind. */
interface Run {
  /** The node that it was. */
  readonly id: string;
  /** What it logged of it besides joining. */
  readonly lines: readonly string[];
}

/** Runs the program until it is in the tailnet, and stops it. */
async function runOnce(place: LabNode, settings: Settings): Promise<Run> {
  const program = lab.serveOn(place, settings);
  let node: ListedNode | undefined;
  {
    await using _program = program;
    await untilState(lab, "running", place);
    node = await nodeOf(settings.TSNET_HOSTNAME ?? "");
  }
  assert(node !== undefined, program.log.text);
  const lines = linesOf(program, "tsnet").filter((line) => !/ (?:Joined|Serving) /.test(line));
  return { id: node.id, lines };
}

Deno.test("Program logs the ephemeral node of an OAuth client out when it ends, and no other node", async () => {
  const control = lab.variable("CONTROL_URL");
  await using _api = lab.startOn("a", [
    ...[Deno.execPath(), "run", "-A", "--no-check", "tests/e2e/_key_api.ts"],
    ...[API_PORT, control, lab.variable("API_KEY")],
  ], {});
  await until("the API of keys", async () => {
    const url = `http://127.0.0.1:${API_PORT}/`;
    return await lab.run(["exec", "a", "curl", "-fsS", url]).catch(() => undefined);
  });
  const secret = `${CLIENT_SECRET}?preauthorized=true&baseURL=http://127.0.0.1:${API_PORT}`;
  const runTwice = async (hostname: string, ...others: string[]): Promise<readonly Run[]> => {
    const settings = { ...await settingsOf(hostname), TS_AUTHKEY: secret };
    const runs = [await runOnce("a", settings), await runOnce("a", settings)];
    // A shutdown waits for a logout for seconds only, and does without one if the control plane
    // was away, which on a busy machine is no fault.
    const [other, ...more] = others;
    const isLate = runs.some(({ lines }) =>
      /deadline exceeded|no answer|WARN .* control plane/.test(lines.join())
    );
    return isLate && other !== undefined ? await runTwice(other, ...more) : runs;
  };
  const keptSettings = await settingsOf("kept");
  // Where one fails, the other's program must end before the lab does.
  const [both, single] = await Promise.allSettled([
    runTwice("brief", "briefer", "briefest"),
    runOnce("b", keptSettings),
  ]);
  if (both.status === "rejected") throw both.reason;
  if (single.status === "rejected") throw single.reason;
  const { value: runs } = both;
  const { value: kept } = single;
  const lines = ["INFO tsnet Logged the ephemeral node out of the tailnet"];
  assertEquals(runs.map(({ lines }) => lines), [lines, lines]);
  const ids = runs.map(({ id }) => id);
  assertEquals(new Set(ids).size, 2, "two nodes had one name, one after the other");
  // headscale deletes one that is merely offline after half an hour.
  await until("both nodes to be gone", async () => {
    return (await lab.nodes()).every(({ id }) => !ids.includes(id));
  });
  assertEquals(kept.lines.filter((line) => !CONTROL_LATE.includes(line)), []);
  assertEquals((await nodeOf("kept"))?.id, kept.id);
});

Deno.test("Program whose node key expires logs in again with its auth key", async () => {
  const program = lab.serveOn("a", await settingsOf("keyed"), "tests/e2e/_faulty_program.ts");
  {
    await using _program = program;
    await untilState(lab, "running");
    const own = await nodeOf("keyed");
    await expire(own);
    await untilState(lab, "key_expired");
    program.signal("SIGUSR2");
    await untilState(lab, "running");
    assertEquals((await nodeOf("keyed"))?.id, own?.id);
  }
  const [joined = "", _serving, ...lines] = nodeLinesOf(program);
  assertEquals(lines, [
    "ERROR tsnet The node key of the embedded node has expired: it logs in again if TS_AUTHKEY " +
    "is set and still valid.",
    "INFO tsnet Logging the embedded node in again with TS_AUTHKEY",
    joined,
  ]);
});

Deno.test("Program without an auth key says where to log in, at first and when its node key expires", async () => {
  const { TS_AUTHKEY: _key, TSNET_TAGS: _tags, ...settings } = await settingsOf("manual");
  const program = lab.serveOn("a", settings);
  const ids: string[] = [];
  /** Logs the node in at the URL that the log has for this state. */
  const logIn = async (state: string) => {
    await untilState(lab, state);
    const line = await until(
      "a URL to log in at",
      () => program.log.matching(URL_LINE)[ids.length],
    );
    const id = URL_LINE.exec(line)?.[1] ?? "";
    ids.push(id);
    await lab.run(["hs", "auth", "register", "--auth-id", id, "--user", "alice"]);
    await untilState(lab, "running");
  };
  {
    await using _program = program;
    await logIn("needs_login");
    const own = await nodeOf("manual");
    assertEquals(own?.user.email, "alice@example.com");
    await expire(own);
    await logIn("key_expired");
    assertEquals((await nodeOf("manual"))?.id, own?.id);
  }
  const [first, joined = "", _serving, ...lines] = nodeLinesOf(program);
  const urls = ids.map((id) => `${lab.variable("CONTROL_URL")}/register/${id}`);
  const expired =
    "ERROR tsnet The node key of the embedded node has expired: it logs in again if " +
    "TS_AUTHKEY is set and still valid";
  assertEquals([first, ...lines], [
    `ERROR tsnet The embedded node is not logged in: log in at ${urls[0]}, or set TS_AUTHKEY.`,
    `${expired}.`,
    `${expired}, or log in at ${urls[1]}.`,
    joined,
  ]);
});
