import { assertEquals } from "@std/assert";
import { pathOf } from "../../src/http/_request_path.ts";
import { listen } from "../../src/http/server/listen.ts";

Deno.test("pathOf() is what stands in the request's first line, or nothing", async () => {
  const server = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: (request) => new Response(pathOf(request) ?? "none"),
  });
  const ask = async (host: string, path: string) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
    const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(head));
    return (await new Response(connection.readable).text()).split("\r\n\r\n")[1];
  };
  await using _end = { [Symbol.asyncDispose]: server.shutdown };
  for (const host of ["localhost", "[::1]:9100", "xn--nde-0na.example:80", "127.0.0.1", ""]) {
    assertEquals(await ask(host, "/metrics?x=/livez"), "/metrics", host);
  }
  const odd = ["x/livez?", "x/livez#", "x\\livez?", "x?", "x#", "me@x/livez?", "me@x", "a b", "*<"];
  for (const host of odd) assertEquals(await ask(host, "/metrics"), "none", host);
});
