import { assertEquals, assertStrictEquals } from "@std/assert";
import { ClientPool } from "../../src/devices/client_pool.ts";
import { Secret } from "../../src/secret/secret.ts";
import { makeDevice, makeTarget } from "./_device.ts";

function fakeFactory() {
  const made: Deno.CreateHttpClientOptions[] = [];
  let closed = 0;
  const create = (options: Deno.CreateHttpClientOptions) => {
    made.push(options);
    return { close: () => void closed++ } as unknown as Deno.HttpClient;
  };
  return { made, create, closedCount: () => closed };
}

Deno.test("ClientPool keeps connections for as many devices as allowed, always the same", () => {
  const factory = fakeFactory();
  const connections = new ClientPool({
    maxKept: 2,
    idleTimeoutMs: 90_000,
    createHttpClient: factory.create,
  });
  const client = (id: string) => connections.clientFor(makeTarget(80, makeDevice({ id })));
  const [first, second, third] = [client("1"), client("2"), client("3")];
  assertStrictEquals(first, second);
  assertEquals(first === third, false);
  assertStrictEquals(client("1"), first);
  assertStrictEquals(client("3"), third);
  connections.forget("1");
  assertStrictEquals(client("3"), first);
  assertStrictEquals(client("1"), third);
  connections.close();
  assertEquals(factory.closedCount(), 2);
});

Deno.test("ClientPool makes one client with an idle pool and one without", () => {
  const factory = fakeFactory();
  new ClientPool({ idleTimeoutMs: 90_000, createHttpClient: factory.create });
  assertEquals(factory.made, [
    { http2: false, poolMaxIdlePerHost: 1, poolIdleTimeout: 90_000 },
    { http2: false, poolMaxIdlePerHost: 0 },
  ]);
});

Deno.test("ClientPool tells both clients of the proxy", () => {
  const cases = [
    { proxy: { url: "socks5h://127.0.0.1:1055" }, expected: { transport: "socks5" } },
    { proxy: { url: "http://127.0.0.1:3128" }, expected: {} },
    {
      proxy: { url: "http://127.0.0.1:3128", username: "u", password: new Secret("p") },
      expected: { basicAuth: { username: "u", password: "p" } },
    },
  ];
  for (const { proxy, expected } of cases) {
    const factory = fakeFactory();
    new ClientPool({ proxy, idleTimeoutMs: 1, createHttpClient: factory.create });
    const wanted = { url: proxy.url, ...expected };
    assertEquals<unknown>(factory.made.map((options) => options.proxy), [wanted, wanted]);
  }
});

Deno.test("ClientPool closes what the platform made", () => {
  // `--sanitize-resources` fails the test if a client stays open.
  new ClientPool({ idleTimeoutMs: 1000, createHttpClient: Deno.createHttpClient }).close();
});

Deno.test("ClientPool keeps the clients of at most a thousand devices by default", () => {
  const factory = fakeFactory();
  const connections = new ClientPool({ idleTimeoutMs: 1, createHttpClient: factory.create });
  const clients = Array.from(
    { length: 1001 },
    (_, at) => connections.clientFor(makeTarget(80, makeDevice({ id: String(at) }))),
  );
  assertStrictEquals(clients[999], clients[0]);
  assertEquals(clients[1000] === clients[0], false);
});
