import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { listen, listenLoopback } from "../../src/http/listen.ts";

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

Deno.test("listenLoopback() serves on 127.0.0.1 and gives a proxy's requests as they were meant", async () => {
  const server = listenLoopback((request) => new Response(request.url));
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(new TextEncoder().encode(
    "GET http://100.64.0.7:5252/metrics HTTP/1.1\r\nHost: 100.64.0.7:5252\r\nConnection: close\r\n\r\n",
  ));
  const answer = await new Response(connection.readable).text();
  assertEquals(answer.slice(answer.indexOf("\r\n\r\n") + 4), "http://100.64.0.7:5252/metrics");
  await server.shutdown();
});
