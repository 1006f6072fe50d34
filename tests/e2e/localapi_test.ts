import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createLocalApi,
  type LocalApi,
  type LocalApiAddress,
  LocalApiError,
  openTransport,
} from "../../src/tailscale/local/mod.ts";
import { freePort } from "../_support/free_port.ts";
import { freeze } from "./_host.ts";
import { Lab } from "./_lab.ts";
import { until } from "../_support/until.ts";

/** The id of the unprivileged user on every Debian. */
const NOBODY = "65534";

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up();
  using api = connect({ kind: "socket", path: socketOf("a") });
  // A node learns of another's home a little after its name.
  await until("the homes of all peers", async () => {
    const { peers } = await api.status();
    return peers.length === 2 && peers.every(({ relay }) => relay !== undefined);
  });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

function socketOf(node: "a" | "b" | "c"): string {
  return lab.variable(`${node.toUpperCase()}_SOCKET`);
}

/** A client of a tailscaled; disposing of it closes it. */
function connect(address: LocalApiAddress, timeoutMs = 30_000): LocalApi & Disposable {
  const transport = openTransport(address, { createHttpClient: Deno.createHttpClient });
  const api = createLocalApi({ transport, timeoutMs });
  return { ...api, [Symbol.dispose]: () => api.close() };
}

/** socat from a free port to the socket of node a; disposing of it ends it. */
async function forward(user?: string): Promise<{ readonly url: URL } & AsyncDisposable> {
  const port = freePort();
  const socat = ["socat", `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`]
    .concat(`UNIX-CONNECT:${socketOf("a")}`);
  // The lab's folder is root's own; what counts for tailscaled is the user who connects.
  const asUser = ["setpriv", `--reuid=${user}`, "--clear-groups"]
    .concat("--inh-caps=+dac_override", "--ambient-caps=+dac_override");
  const [command = "", ...args] = user === undefined ? socat : [...asUser, ...socat];
  const child = new Deno.Command(command, { args, stdin: "null", stderr: "null" }).spawn();
  const connected = () =>
    Deno.connect({ hostname: "127.0.0.1", port }).then((connection) => {
      connection.close();
      return true;
    }, () => false);
  await until("the forward to listen", connected);
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** What both kinds of address of the whole LocalAPI must give. */
async function assertReads(api: LocalApi): Promise<void> {
  // A busy machine may keep it from its map or its relay for a moment.
  const status = await until("a tailscaled in good health", async () => {
    const status = await api.status();
    const isWell = status.health.length === 0 && status.peers.every(({ isOnline }) => isOnline);
    return isWell && status;
  });
  assertEquals([status.backendState, status.self?.name], ["Running", "node-a.lab.test"]);
  assertEquals(status.peers.map(({ name }) => name).sort(), ["node-b.lab.test", "node-c.lab.test"]);
  assertEquals([status.rejectedCount, status.hasTun], [0, false]);
  const server = status.peers.find(({ name }) => name === "node-c.lab.test");
  assertEquals([server?.tags, server?.isOnline, server?.relay], [["tag:server"], true, "lab"]);
  assertEquals((await api.status({ withPeers: false })).peers, []);

  const whois = await api.whois(lab.address("b"));
  assertEquals([whois?.name, whois?.user?.loginName, whois?.os], [
    "node-b.lab.test",
    "alice@example.com",
    "linux",
  ]);
  assert(whois?.addresses.includes(lab.address("b")));
  assertEquals(await api.whois("100.127.9.9"), undefined);

  const page = new TextDecoder().decode(await api.usermetrics());
  assert(page.includes("\ntailscaled_home_derp_region_id 999\n"), page);
  assertEquals((await api.derpMap()).get(999)?.name, "Lab");
  assertEquals((await api.prefs()).wantRunning, true);
}

Deno.test("LocalApi reads a real tailscaled over its socket", async () => {
  using api = connect({ kind: "socket", path: socketOf("a") });
  await assertReads(api);
  assert(new TextDecoder().decode(await api.metrics()).includes("\nmagicsock_"));
});

Deno.test("LocalApi reads a real tailscaled over a TCP forward", async () => {
  await using forwarded = await forward();
  using api = connect({ kind: "forward", url: forwarded.url });
  await assertReads(api);
});

Deno.test("LocalApi pings straight, and over DERP where the direct path is cut", async () => {
  using api = connect({ kind: "socket", path: socketOf("a") });
  const ping = async () => {
    const result = await api.ping(lab.address("b"), { timeoutMs: 3_000 });
    return result.outcome === "answered" ? result : undefined;
  };
  const direct = await until("a straight answer", async () => {
    const answer = await ping();
    return answer?.endpoint === undefined ? undefined : answer;
  });
  assertEquals(direct.endpoint, "10.99.0.12:41641");
  assert(direct.latencySeconds > 0 && direct.latencySeconds < 1);
  for (const type of ["TSMP", "ICMP"] as const) await untilAnswered(api, type);

  await lab.run(["path", "relay"]);
  try {
    const relayed = await until("an answer over DERP", async () => {
      const answer = await ping();
      return answer?.derpRegionId === undefined ? undefined : answer;
    });
    assertEquals([relayed.derpRegionId, relayed.derpRegionCode, relayed.endpoint], [
      999,
      "lab",
      undefined,
    ]);
    const { peers } = await api.status();
    const peer = peers.find(({ name }) => name === "node-b.lab.test");
    assertEquals([peer?.isActive, peer?.currentAddress], [true, undefined]);
  } finally {
    await lab.run(["path", "direct"]);
  }
});

/** Pings node b until it answers: a single packet may be lost. */
async function untilAnswered(api: LocalApi, type: "disco" | "TSMP" | "ICMP"): Promise<void> {
  await until(`an answer to a ping of type ${type}`, async () => {
    const { outcome } = await api.ping(lab.address("b"), { type, timeoutMs: 3_000 });
    return outcome === "answered";
  });
}

Deno.test("LocalApi tells a refused ping from a lost one", async () => {
  using api = connect({ kind: "socket", path: socketOf("a") });
  assertEquals(await api.ping("100.127.9.9"), { outcome: "refused", reason: "no matching peer" });
  const own = await api.ping(lab.address("a"));
  assert(own.outcome === "refused" && own.reason.endsWith("is local Tailscale IP"));
});

Deno.test("LocalApi mends with root's rights", async () => {
  using api = connect({ kind: "socket", path: socketOf("b") });
  const count = async (name: string) => {
    const page = new TextDecoder().decode(await api.metrics());
    return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(page)?.[1]);
  };
  const before = await count("magicsock_rebind_calls");
  await api.debug("rebind");
  await api.debug("restun");
  assert(await count("magicsock_rebind_calls") > before);
  assertEquals((await api.editPrefs({ wantRunning: false })).wantRunning, false);
  await until("node b to be down", async () => (await api.status()).backendState === "Stopped");
  assertEquals((await api.editPrefs({ wantRunning: true })).wantRunning, true);
  await until("node b to be up", async () => (await api.status()).backendState === "Running");
});

Deno.test("LocalApi reads, but may not mend, as a user without rights", async () => {
  await using forwarded = await forward(NOBODY);
  using api = connect({ kind: "forward", url: forwarded.url });
  await assertReads(api);
  await untilAnswered(api, "disco");
  const denied = [
    () => api.metrics(),
    () => api.debug("rebind"),
    () => api.editPrefs({ wantRunning: true }),
  ];
  for (const call of denied) {
    const { failure, status, message } = await assertRejects(call, LocalApiError);
    assertEquals([failure, status], ["forbidden", 403]);
    assert(message.includes("the rights of root or of the operator"), message);
  }
});

Deno.test("LocalApi says where a tailscaled is not, is gone or is stuck", async () => {
  const nowhere = connect({ kind: "socket", path: `${socketOf("c")}.not` });
  const missing = await assertRejects(() => nowhere.status(), LocalApiError, "No such file");
  assertEquals(missing.failure, "unreachable");
  nowhere.close();

  using api = connect({ kind: "socket", path: socketOf("c") });
  using hasty = connect({ kind: "socket", path: socketOf("c") }, 500);
  await api.status();
  const pid = await freeze(lab, "c");
  try {
    const stuck = await assertRejects(() => hasty.status(), LocalApiError);
    assertEquals(stuck.failure, "timeout");
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
  await until("node c to answer again", () => api.status().catch(() => undefined));
  await lab.run(["kill", "c"]);
  const gone = await assertRejects(() => api.status(), LocalApiError);
  assertEquals(gone.failure, "unreachable");
  await lab.run(["start", "c"]);
  await until("node c to be up", async () => (await api.status()).backendState === "Running");
});
