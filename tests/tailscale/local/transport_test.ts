import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Secret } from "../../../src/secret/secret.ts";
import { createLocalApi } from "../../../src/tailscale/local/local_api.ts";
import { LocalApiError } from "../../../src/tailscale/local/error.ts";
import {
  type LocalApiAddress,
  type LocalEndpoint,
  openTransport,
} from "../../../src/tailscale/local/transport.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { freePort } from "../../_support/free_port.ts";
import { loopback, rawLoopback } from "../../_support/loopback.ts";

const ENDPOINTS: readonly LocalEndpoint[] = [
  "status",
  "whois",
  "usermetrics",
  "metrics",
  "ping",
  "derpmap",
  "prefs",
  "debug",
];

/** A request as it arrived. */
interface Arrived {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server that answers everything alike, and what arrives at it. */
function recording(answer = fixtureText("localapi/status.json")) {
  const arrived: Arrived[] = [];
  const server = loopback(async (request) => {
    const { pathname, search } = new URL(request.url);
    arrived.push({
      line: `${request.method} ${pathname}${search}`,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    });
    return new Response(answer);
  });
  return { server, arrived };
}

function open(address: LocalApiAddress) {
  return openTransport(address, { createHttpClient: Deno.createHttpClient });
}

Deno.test("openTransport() reaches a forward with the host that tailscaled wants", async () => {
  const { server, arrived } = recording();
  await using _server = server;
  const api = createLocalApi({ transport: open({ kind: "forward", url: server.url }) });
  assertEquals((await api.status()).peers.length, 2);
  await api.editPrefs({ wantRunning: true }).catch(() => {});
  api.close();
  assertEquals(arrived.map(({ line, body }) => [line, body]), [
    ["GET /localapi/v0/status", ""],
    ["PATCH /localapi/v0/prefs", '{"WantRunning":true,"WantRunningSet":true}'],
  ]);
  for (const { headers } of arrived) {
    assertEquals(headers.host, "local-tailscaled.sock");
    assertEquals([headers.origin, headers.referer], [undefined, undefined]);
  }
  assertEquals(api.place, server.url.host);
});

Deno.test("openTransport() sends what tailscaled and simple bridges read, to the byte", async () => {
  const heads: string[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = new URL(`http://127.0.0.1:${listener.addr.port}`);
  const answering = (async () => {
    for await (const connection of listener) {
      const bytes = new Uint8Array(4096);
      const count = await connection.read(bytes) ?? 0;
      heads.push(new TextDecoder().decode(bytes.subarray(0, count)));
      await connection.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\n\r\n{}"));
      connection.close();
    }
  })();
  const { signal } = new AbortController();
  for (const kind of ["forward", "bridge"] as const) {
    const transport = open({ kind, url });
    assertEquals(await (await transport.send({ endpoint: "status" }, signal)).text(), "{}");
    transport.close();
  }
  listener.close();
  await answering;
  const names = heads.map((head) => head.split("\r\n").filter((line) => /^(GET|host:)/.test(line)));
  assertEquals(names, [
    ["GET /localapi/v0/status HTTP/1.1", "host: local-tailscaled.sock"],
    ["GET /status HTTP/1.1", `host: ${url.host}`],
  ]);
});

Deno.test("openTransport() asks a bridge by its own paths, with its token", async () => {
  const { server, arrived } = recording(fixtureText("localapi/whois-user.txt"));
  await using _server = server;
  const url = new URL("/base/", server.url);
  const transport = open({ kind: "bridge", url, token: new Secret("s3cret-value") });
  const api = createLocalApi({ transport });
  const { signal } = new AbortController();
  for (const addr of ["100.64.0.2", "fd7a:115c:a1e0::2", "../x?y"]) {
    await (await transport.send({ endpoint: "whois", query: { addr } }, signal)).text();
  }
  await (await transport.send({ endpoint: "status", query: {} }, signal)).text();
  api.close();
  assertEquals(arrived.map(({ line }) => line), [
    "GET /base/whois/100.64.0.2",
    "GET /base/whois/fd7a:115c:a1e0::2",
    "GET /base/whois/..%2Fx%3Fy",
    "GET /base/status",
  ]);
  assertEquals(arrived[0]?.headers.authorization, "Bearer s3cret-value");
  assertEquals(arrived[0]?.headers.host, server.url.host);
});

Deno.test("openTransport() never follows a redirect, least of all with a token", async () => {
  const elsewhere = recording();
  await using _elsewhere = elsewhere.server;
  const location = new URL("/status", elsewhere.server.url).href;
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = loopback(() => new Response(null, { status, headers: { location } }));
    const addresses: readonly LocalApiAddress[] = [
      { kind: "bridge", url: server.url, token: new Secret("s3cret-value") },
      { kind: "forward", url: server.url },
    ];
    for (const address of addresses) {
      const api = createLocalApi({ transport: open(address) });
      const error = await assertRejects(() => api.status(), LocalApiError);
      api.close();
      assertEquals([error.failure, error.status], ["status", status], address.kind);
    }
  }
  assertEquals(elsewhere.arrived, []);
});

Deno.test("openTransport() says which endpoints each kind of address answers", () => {
  const url = new URL("http://127.0.0.1:8765");
  for (const kind of ["forward", "bridge"] as const) {
    const transport = open({ kind, url });
    const asked = ENDPOINTS.filter((endpoint) => transport.supports(endpoint));
    const wanted = kind === "bridge" ? ["status", "whois", "usermetrics"] : ENDPOINTS;
    assertEquals<readonly string[]>(asked, wanted);
    transport.close();
  }
});

Deno.test("openTransport() keeps no connection, and uses the socket's own transport", () => {
  const made: Deno.CreateHttpClientOptions[] = [];
  const createHttpClient = (options: Deno.CreateHttpClientOptions) => {
    made.push(options);
    return { close() {} } as Deno.HttpClient;
  };
  const addresses: readonly LocalApiAddress[] = [
    { kind: "socket", path: "/run/ts.sock" },
    { kind: "forward", url: new URL("http://[::1]:41112") },
    { kind: "bridge", url: new URL("http://bridge.test/") },
  ];
  for (const address of addresses) openTransport(address, { createHttpClient });
  assertEquals(made.map(({ proxy, poolMaxIdlePerHost }) => [proxy, poolMaxIdlePerHost]), [
    [{ transport: "unix", path: "/run/ts.sock" }, 0],
    [undefined, 0],
    [undefined, 0],
  ]);
});

Deno.test("openTransport() says what to do where the sandbox forbids the address", () => {
  // What the tests may not read: Deno asks when the client is made.
  const error = assertThrows(
    () => open({ kind: "socket", path: "/var/run/tailscale/tailscaled.sock" }),
    LocalApiError,
  );
  assertEquals(error.failure, "forbidden");
  assert(
    error.message.startsWith(
      "Cannot open /var/run/tailscale/tailscaled.sock: the sandbox forbids it; use tsmetrics-host",
    ),
    error.message,
  );
  const createHttpClient = () => {
    throw new TypeError("Odd");
  };
  const address = { kind: "socket", path: "/run/ts.sock" } as const;
  assertThrows(() => openTransport(address, { createHttpClient }), TypeError, "Odd");
});

Deno.test("openTransport() takes http addresses only", () => {
  for (const address of ["https://a.test:1", "ftp://a.test", "file:///a"]) {
    const url = new URL(address);
    assertThrows(() => open({ kind: "bridge", url }), RangeError, "wanted http://host:port");
  }
});

Deno.test("openTransport() tells an unreachable server from one that hangs or speaks no HTTP", async () => {
  const gone = { url: new URL(`http://127.0.0.1:${freePort()}/`) };
  await using wedged = rawLoopback();
  await using odd = rawLoopback("220 mail.test\r\nclose");
  const cases = [[gone, "unreachable"], [wedged, "timeout"], [odd, "unreachable"]] as const;
  for (const [{ url }, failure] of cases) {
    // What does not hang ends by itself, on a busy machine too.
    const timeoutMs = failure === "timeout" ? 300 : 30_000;
    const api = createLocalApi({ transport: open({ kind: "forward", url }), timeoutMs });
    const error = await assertRejects(() => api.prefs(), LocalApiError);
    assertEquals(error.failure, failure, error.message);
    assert(error.message.includes(url.host), error.message);
    api.close();
  }
});

Deno.test("openTransport() wants plain bytes, and unpacks no others", async () => {
  const accepted: (string | null)[] = [];
  const packed = await new Response(
    new Blob(["{}".padEnd(1_000_000)]).stream().pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  await using server = loopback((request) => {
    accepted.push(request.headers.get("accept-encoding"));
    return new Response(packed, { headers: { "content-encoding": "gzip" } });
  });
  for (const kind of ["forward", "bridge"] as const) {
    const transport = open({ kind, url: server.url });
    const response = await transport.send({ endpoint: "status" }, new AbortController().signal);
    assertEquals(await response.bytes(), packed);
    const api = createLocalApi({ transport });
    const error = await assertRejects(() => api.status(), LocalApiError, "Content-Encoding");
    assertEquals(error.failure, "malformed");
    transport.close();
  }
  assertEquals(accepted, Array(4).fill("identity"));
});

Deno.test("openTransport() sends a forward's password as the macOS app and tsnet want it", async () => {
  const { server, arrived } = recording();
  await using _server = server;
  const password = new Secret("s3cret-value");
  const transport = open({ kind: "forward", url: server.url, password });
  const api = createLocalApi({ transport });
  assertEquals((await api.status()).peers.length, 2);
  api.close();
  const { headers = {} } = arrived[0] ?? {};
  assertEquals([headers.authorization, headers["sec-tailscale"], headers.host], [
    "Basic OnMzY3JldC12YWx1ZQ==",
    "localapi",
    "local-tailscaled.sock",
  ]);
  assertEquals(
    transport.redactor.hide("Basic OnMzY3JldC12YWx1ZQ== s3cret-value"),
    "Basic [redacted] [redacted]",
  );
});

Deno.test("openTransport() says nothing of a password where there is none", async () => {
  const { server, arrived } = recording();
  await using _server = server;
  const api = createLocalApi({ transport: open({ kind: "forward", url: server.url }) });
  await api.status();
  api.close();
  const { headers = {} } = arrived[0] ?? {};
  assertEquals([headers.authorization, headers["sec-tailscale"]], [undefined, undefined]);
});
