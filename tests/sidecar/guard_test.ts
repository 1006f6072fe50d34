import { assertEquals } from "@std/assert";
import { type GuardedRemote, guardForwarded } from "../../src/sidecar/guard.ts";
import { isProbe } from "../../src/http/probe.ts";
import { fillMessage, type Logger } from "../../src/log/log.ts";
import { SharedCauses } from "../../src/log/trouble.ts";
import type { Whois } from "../../src/tailscale/local/mod.ts";

const NODE: Whois = {
  id: "n1",
  nodeId: "1",
  name: "prometheus.lab.test",
  hostname: "prometheus",
  os: "linux",
  addresses: ["100.64.0.2"],
  tags: [],
  isOnline: true,
  createdSeconds: undefined,
  keyExpirySeconds: undefined,
  user: { id: "1", loginName: "alice@example.com", displayName: "Alice" },
  capabilities: [],
};

const SILENT = { debug() {}, info() {}, warning() {} };

Deno.test("guardForwarded() tells the handler of a connection that tailscaled may have forwarded", async () => {
  const table: readonly (readonly [string, () => Promise<Whois | undefined>, boolean])[] = [
    ["127.0.0.1", () => Promise.resolve(NODE), true],
    ["127.0.0.1", () => Promise.resolve(undefined), false],
    ["127.0.0.1", () => Promise.reject(new Error("no answer")), true],
    ["192.0.2.7", () => Promise.resolve(NODE), false],
  ];
  for (const [hostname, whois, expected] of table) {
    const seen: boolean[] = [];
    const handler = guardForwarded<GuardedRemote>((_, { isForwarded = false }) => {
      seen.push(isForwarded);
      return new Response("page");
    }, { allowed: [], log: SILENT, whois, ownName: () => undefined });
    await handler(new Request("http://x/"), { hostname, port: 51234 });
    assertEquals(seen, [expected], hostname);
  }
});

Deno.test("guardForwarded() gives the handler the node's address, so that each has its own limit", async () => {
  const table: readonly (readonly [string, Whois | undefined, string])[] = [
    ["127.0.0.1", NODE, "100.64.0.2"],
    ["::1", { ...NODE, addresses: ["fd7a:115c:a1e0::2", "100.64.0.2"] }, "fd7a:115c:a1e0::2"],
    ["127.0.0.1", { ...NODE, addresses: [] }, "127.0.0.1"],
    ["127.0.0.1", undefined, "127.0.0.1"],
    ["192.0.2.7", NODE, "192.0.2.7"],
  ];
  for (const [hostname, node, expected] of table) {
    const seen: string[] = [];
    const handler = guardForwarded<GuardedRemote>((_, remote) => {
      seen.push(remote.hostname);
      return new Response("page");
    }, {
      allowed: [],
      log: SILENT,
      whois: () => Promise.resolve(node),
      ownName: () => undefined,
    });
    await handler(new Request("http://x/"), { hostname, port: 51234 });
    assertEquals(seen, [expected], hostname);
  }
});

Deno.test("guardForwarded() keeps no request waiting for a tailscaled that is away, unless nodes are told apart", async () => {
  for (const allowed of [[], ["prometheus"]]) {
    const asked: string[] = [];
    const handler = guardForwarded<GuardedRemote>(
      (_, { isForwarded = false }) => Response.json(isForwarded),
      {
        allowed,
        log: SILENT,
        whois(address) {
          asked.push(address);
          return Promise.reject(new Error("no answer"));
        },
        isAway: () => true,
        ownName: () => undefined,
      },
    );
    const response = await handler(new Request("http://x/"), { hostname: "127.0.0.1", port: 1 });
    const isOpen = allowed.length === 0;
    assertEquals([response.status, asked.length], isOpen ? [200, 0] : [503, 1]);
    assertEquals((await response.text()) === "true", isOpen);
  }
});

Deno.test("guardForwarded() asks once who is behind a connection, and again where no node is", async () => {
  const asked: string[] = [];
  const handler = guardForwarded<GuardedRemote>(() => new Response("page"), {
    allowed: [],
    log: SILENT,
    whois(address) {
      asked.push(address);
      if (address.endsWith(":1")) return Promise.resolve(NODE);
      return address.endsWith(":2") ? Promise.resolve(undefined) : Promise.reject(new Error("no"));
    },
    ownName: () => undefined,
  });
  for (const port of [1, 2, 3]) {
    const connection = {};
    for (let left = 2; left > 0; left--) {
      await handler(new Request("http://x/"), { hostname: "127.0.0.1", port, connection });
    }
  }
  // Another connection from the same port may be another node's.
  await handler(new Request("http://x/"), { hostname: "127.0.0.1", port: 1, connection: {} });
  assertEquals(asked.map((address) => address.split(":")[1]), ["1", "2", "2", "3", "3", "1"]);
});

Deno.test("guardForwarded() takes every node for one of ours where names have no domain", async () => {
  const handler = guardForwarded<GuardedRemote>((_, { peer }) => new Response(peer?.name), {
    allowed: ["tag:prometheus"],
    log: SILENT,
    whois: () => Promise.resolve({ ...NODE, name: "prometheus", tags: ["tag:prometheus"] }),
    ownName: () => "tsmetrics",
  });
  const response = await handler(new Request("http://x/"), { hostname: "127.0.0.1", port: 1 });
  assertEquals([response.status, await response.text()], [200, "prometheus"]);
});

function rig(
  allowed: readonly string[],
  answer: () => Promise<Whois | undefined>,
  { causes, loud = [] }: { readonly causes?: SharedCauses; readonly loud?: string[] } = {},
) {
  const asked: string[] = [];
  const lines: string[] = [];
  const say: Logger["info"] = (message, properties = {}) =>
    loud.push(fillMessage(message, properties));
  const handler = guardForwarded<GuardedRemote>(() => new Response("page"), {
    allowed,
    causes,
    log: {
      debug: (message, properties = {}) => lines.push(fillMessage(message, properties)),
      info: say,
      warning: say,
    },
    whois(address) {
      asked.push(address);
      return answer();
    },
    ownName: () => "tsmetrics.lab.test",
    isProbe: (path) => isProbe(path, "/prefix"),
  });
  async function ask(hostname: string, path = "/metrics"): Promise<number> {
    const response = await handler(new Request(`http://x${path}`), { hostname, port: 51234 });
    await response.body?.cancel();
    return response.status;
  }
  return { ask, asked, lines, loud };
}

const found = (node: Partial<Whois> = {}) => () => Promise.resolve({ ...NODE, ...node });

Deno.test("guardForwarded() holds nodes of the tailnet to the list, by what tailscaled says", async () => {
  const table: readonly (readonly [string, Partial<Whois>, number])[] = [
    ["alice@example.com", {}, 200],
    ["prometheus", {}, 200],
    ["prometheus.lab.test", {}, 200],
    ["prometheus.other.test", {}, 403],
    ["bob@example.com", {}, 403],
    ["tag:prometheus", { tags: ["tag:prometheus"] }, 200],
    ["alice@example.com", { tags: ["tag:prometheus"] }, 403],
  ];
  for (const [allowed, node, status] of table) {
    assertEquals(await rig([allowed], found(node)).ask("127.0.0.1"), status, allowed);
  }
});

Deno.test("guardForwarded() takes no node of another tailnet for one of ours", async () => {
  const shared = { name: "prometheus.other.ts.net", tags: ["tag:prometheus"] };
  for (const allowed of ["prometheus", "tag:prometheus"]) {
    assertEquals(await rig([allowed], found(shared)).ask("127.0.0.1"), 403, allowed);
  }
  assertEquals(await rig(["prometheus.other.ts.net"], found(shared)).ask("127.0.0.1"), 200);
});

Deno.test("guardForwarded() asks tailscaled with the port, for loopback only", async () => {
  const { ask, asked, lines } = rig([], found());
  assertEquals([await ask("127.0.0.1"), await ask("::1"), await ask("192.0.2.7")], [200, 200, 200]);
  assertEquals(asked, ["127.0.0.1:51234", "[::1]:51234"]);
  assertEquals(lines[0], "Request from prometheus (alice@example.com)");
});

Deno.test("guardForwarded() lets this machine through, and a remote without a port", async () => {
  const { ask } = rig(["tag:prometheus"], () => Promise.resolve(undefined));
  assertEquals(await ask("127.0.0.1"), 200);
  const without = rig(["tag:prometheus"], found());
  const handler = guardForwarded<GuardedRemote>(() => new Response("page"), {
    allowed: ["x"],
    log: SILENT,
    whois: () => Promise.reject(new Error("not asked")),
    ownName: () => undefined,
  });
  const response = await handler(new Request("http://x/"), { hostname: "127.0.0.1" });
  assertEquals([response.status, await response.text(), without.asked], [200, "page", []]);
});

Deno.test("guardForwarded() refuses while tailscaled does not identify the client", async () => {
  const away = () => Promise.reject(new Error("no answer"));
  const { ask } = rig(["tag:prometheus"], away);
  const refused = ["/metrics", "/healthy", "/-/healthys", "/api/v1/health", "/p/-/ready"];
  const probes = ["/health", "/healthz", "/prefix/livez", "/readyz", "/startupz"];
  const answers = await Promise.all(
    [...refused, ...probes, "/-/healthy", "/-/ready"].map((path) => ask("127.0.0.1", path)),
  );
  assertEquals(answers, [503, 503, 503, 503, 503, 200, 200, 200, 200, 200, 200, 200]);
  const open = rig([], away);
  assertEquals(await open.ask("127.0.0.1"), 200);
  assertEquals(open.lines, ["Cannot identify the client: no answer"]);
});

Deno.test("guardForwarded() answers a probe without asking where every node may ask", async () => {
  const open = rig([], found());
  assertEquals([await open.ask("127.0.0.1", "/livez"), open.asked], [200, []]);
  const { ask, asked } = rig(["bob@example.com"], found());
  assertEquals([await ask("127.0.0.1", "/livez"), asked.length], [403, 1]);
});

Deno.test("guardForwarded() warns once that it refuses this machine, too, and says when that is over", async () => {
  const errors = ["no answer", "no socket"].map((text) => new Error(text));
  const { ask, loud } = rig(["tag:prometheus"], () => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve(undefined) : Promise.reject(error);
  });
  const statuses = [await ask("127.0.0.1"), await ask("127.0.0.1"), await ask("127.0.0.1")];
  assertEquals([...statuses, await ask("127.0.0.1")], [503, 503, 200, 200]);
  assertEquals(loud, [
    "Answering 503 to all that TSNET_ALLOW guards, this machine included: tailscaled does not " +
    "identify clients: no answer",
    "tailscaled identifies clients again",
  ]);
  const probes = rig(["tag:prometheus"], () => Promise.reject(new Error("no answer")));
  await probes.ask("127.0.0.1", "/livez");
  const open = rig([], () => Promise.reject(new Error("no answer")));
  await open.ask("127.0.0.1");
  assertEquals([...probes.loud, ...open.loud], []);
});

Deno.test("guardForwarded() does not take a connection that it knows for a tailscaled that is back", async () => {
  let isAway = false;
  const loud: string[] = [];
  const say: Logger["info"] = (message, properties = {}) =>
    loud.push(fillMessage(message, properties));
  const handler = guardForwarded<GuardedRemote>(() => new Response("page"), {
    allowed: ["prometheus"],
    log: { debug() {}, info: say, warning: say },
    whois: () => isAway ? Promise.reject(new Error("no answer")) : Promise.resolve(NODE),
    ownName: () => undefined,
  });
  const [known, other] = [{}, {}];
  const ask = async (connection: object) =>
    (await handler(new Request("http://x/"), { hostname: "127.0.0.1", port: 1, connection }))
      .status;
  assertEquals(await ask(known), 200);
  isAway = true;
  assertEquals([await ask(other), await ask(known), await ask(other)], [503, 200, 503]);
  assertEquals(loud.length, 1);
});

Deno.test("guardForwarded() of two ports warns once, and says once when that is over", async () => {
  let error: Error | undefined = new Error("no answer");
  const answer = () => error === undefined ? Promise.resolve(NODE) : Promise.reject(error);
  const shared = { causes: new SharedCauses(), loud: [] };
  const [page, bridge] = [rig(["prometheus"], answer, shared), rig(["prometheus"], answer, shared)];
  assertEquals([await page.ask("127.0.0.1"), await bridge.ask("127.0.0.1")], [503, 503]);
  error = undefined;
  assertEquals([await bridge.ask("127.0.0.1"), await page.ask("127.0.0.1")], [200, 200]);
  assertEquals(shared.loud, [
    "Answering 503 to all that TSNET_ALLOW guards, this machine included: tailscaled does not " +
    "identify clients: no answer",
    "tailscaled identifies clients again",
  ]);
});
