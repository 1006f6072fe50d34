import { assertEquals } from "@std/assert";
import { listenLoopback } from "../../src/http/loopback.ts";

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
