import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { listen, type Port, type PortConnection } from "../../../src/http/server/listen.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { fixtureText } from "../../_support/fixture.ts";

Deno.test("listen() opens the port at once and says which", async () => {
  const seen: string[] = [];
  const listening = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: (request, remote) => {
      seen.push(new URL(request.url).pathname, remote.hostname);
      return new Response("hello");
    },
  });
  const { hostname, port } = listening.address;
  assertEquals([hostname, port > 0], ["127.0.0.1", true]);
  const response = await fetch(`http://127.0.0.1:${port}/x`);
  assertEquals([await response.text(), seen], ["hello", ["/x", "127.0.0.1"]]);
  await listening.shutdown();
  await listening.finished;
  await assertRejects(() => fetch(`http://127.0.0.1:${port}/x`), TypeError);
});

Deno.test("listen() does not go on without looking at its connections", async () => {
  const { finished, shutdown } = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: () => new Response("hello"),
    delay: () => Promise.reject(new RangeError("a defect")),
  });
  await assertRejects(() => finished, RangeError, "a defect");
  await assertRejects(() => shutdown(), RangeError, "a defect");
});

Deno.test("listen() serves a port of another network, which identifies the client", async () => {
  const answer = Promise.withResolvers<string>();
  const request = new TextEncoder().encode(
    "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  const sent: string[] = [];
  const socket: PortConnection = {
    remoteAddr: { hostname: "100.64.0.2" },
    peer: { name: "node-b", user: "alice@example.com", tags: null },
    setNoDelay() {},
    read(into) {
      const count = Math.min(request.length, into.length);
      into.set(request.subarray(0, count));
      return Promise.resolve(count);
    },
    write(bytes) {
      sent.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
    closeWrite: () => Promise.resolve(),
    close: () => answer.resolve(sent.join("")),
  };
  const rest = Promise.withResolvers<never>();
  const sockets = [socket];
  const port: Port = {
    addr: { hostname: "tailnet", port: 9100 },
    accept() {
      const next = sockets.shift();
      return next === undefined ? rest.promise : Promise.resolve(next);
    },
    close: () => rest.reject(new Error("closed")),
  };
  const seen: (string | undefined)[] = [];
  const listening = listen({
    hostname: "tailnet",
    port: 9100,
    openPort: () => port,
    handler: (_request, { hostname, peer }) => {
      seen.push(hostname, peer?.name);
      return new Response("hello");
    },
  });
  assertEquals(listening.address, { hostname: "tailnet", port: 9100 });
  assertEquals((await answer.promise).endsWith("\r\n\r\nhello"), true);
  assertEquals(seen, ["100.64.0.2", "node-b"]);
  await listening.shutdown();
});

Deno.test("listen() tells the client nothing of a handler that throws", async () => {
  const errors: unknown[] = [];
  const listening = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: () => {
      throw new RangeError("secret detail");
    },
    onError: (error) => errors.push(error),
  });
  const response = await fetch(`http://127.0.0.1:${listening.address.port}/`);
  assertEquals([response.status, await response.text()], [500, "Internal Server Error\n"]);
  assertEquals(errors.map(String), ["RangeError: secret detail"]);
  await listening.shutdown();
});

Deno.test("listen() throws what the system says", async () => {
  const handler = () => new Response();
  const first = listen({ hostname: "127.0.0.1", port: 0, handler });
  const { port } = first.address;
  assertThrows(() => listen({ hostname: "127.0.0.1", port, handler }), Deno.errors.AddrInUse);
  await first.shutdown();
});

/** A head with a number of bytes and headers. */
function headOf(bytes: number, headers: number): string {
  const start = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  const more = Array.from({ length: headers - 3 }, (_, index) => `X-${index}: 1\r\n`).join("");
  const rest = bytes - start.length - more.length - "X-Long: \r\n\r\n".length;
  return `${start}${more}X-Long: ${"x".repeat(Math.max(0, rest))}\r\n\r\n`;
}

/** The status of the answer to a head; "reset" if it was refused before it was read to its end. */
async function statusOf(port: number, head: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const bytes = new TextEncoder().encode(head);
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    return (await new Response(connection.readable).text()).split(" ")[1] ?? "";
  } catch {
    return "reset";
  } finally {
    try {
      connection.close();
    } catch {
      // Reading to the end has closed it.
    }
  }
}

// What SECURITY.md says.
const HEADS: readonly (readonly [bytes: number, headers: number, isTaken: boolean])[] = [
  [65_000, 3, true],
  [70_000, 3, false],
  [65_000, 100, true],
  [70_000, 100, false],
  [0, 128, true],
  [0, 129, false],
];
for (const [bytes, headers, isTaken] of HEADS) {
  const what = `a head of ${bytes === 0 ? "few" : bytes} bytes and ${headers} headers`;
  Deno.test(`listen() ${isTaken ? "takes" : "refuses"} ${what}, and lives on`, async () => {
    const { address, shutdown } = listen({
      hostname: "127.0.0.1",
      port: 0,
      handler: () => new Response(),
    });
    const status = await statusOf(address.port, headOf(bytes, headers));
    assert((isTaken ? /^200$/ : /^(?:400|431|reset)$/).test(status), status);
    assertEquals(await statusOf(address.port, headOf(0, 3)), "200");
    await shutdown();
  });
}

Deno.test("listen() goes on answering beside a hundred heads that never end", async () => {
  const { address, shutdown } = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: () => new Response(),
  });
  const half = new TextEncoder().encode("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half: ");
  const connections: Deno.TcpConn[] = [];
  for (let count = 0; count < 100; count++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: address.port });
    connections.push(connection);
    await connection.write(half);
  }
  assertEquals(await statusOf(address.port, headOf(0, 3)), "200");
  for (const connection of connections) connection.close();
  await shutdown();
});

Deno.test("listen() speaks no HTTP/2, with its preface or by TLS", async () => {
  const seen: string[] = [];
  const handler = (request: Request) => {
    seen.push(request.url);
    return new Response();
  };
  const plain = listen({ hostname: "127.0.0.1", port: 0, handler });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: plain.address.port });
  // an empty SETTINGS frame follows
  await connection.write(
    new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
  );
  const answer = await new Response(connection.readable).text();
  assertEquals(answer.split("\r\n")[0], "HTTP/1.1 505 HTTP Version Not Supported");
  await plain.shutdown();

  const tls = { cert: fixtureText("tls/cert.pem"), key: fixtureText("tls/key.pem") };
  const secure = listen({ hostname: "127.0.0.1", port: 0, handler, tls });
  const caCerts = [fixtureText("tls/ca.pem")];
  const { port } = secure.address;
  const client = await Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts,
    alpnProtocols: ["h2", "http/1.1"],
  });
  assertEquals((await client.handshake()).alpnProtocol, "http/1.1");
  client.close();
  await assertRejects(async () => {
    using only = await Deno.connectTls({
      hostname: "127.0.0.1",
      port,
      caCerts,
      alpnProtocols: ["h2"],
    });
    await only.handshake();
  });
  await secure.shutdown();
  assertEquals(seen, []);
});

Deno.test("listen() looks after deadlines every second", async () => {
  const clock = new FakeClock();
  const { address, shutdown } = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: () => new Response(),
    delay: clock.delay,
    now: clock.now,
  });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: address.port });
  await connection.write(new TextEncoder().encode("GET / HTT"));
  // the head must have begun before its time can run
  for (let turns = 0; turns < 20; turns++) await settle();
  await clock.advance(12_000);
  assertEquals(await connection.read(new Uint8Array(1)), null);
  connection.close();
  await shutdown();
});
