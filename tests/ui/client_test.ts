import { assertEquals, assertRejects } from "@std/assert";
import { Client, RequestError } from "../../src/ui/client.ts";

function setUp(answers: readonly (() => Response)[]) {
  const sent: { readonly path: string; readonly init: RequestInit }[] = [];
  const waits: number[] = [];
  const client = new Client({
    fetch: (path, init) => {
      sent.push({ path, init });
      const answer = answers[sent.length - 1];
      return answer === undefined ? Promise.reject(new TypeError()) : Promise.resolve(answer());
    },
    delay: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { client, sent, waits };
}

Deno.test("Client.get() gives the same object while the server says 304", async () => {
  const { client, sent } = setUp([
    () => Response.json({ a: 1 }, { headers: { etag: '"1"' } }),
    () => new Response(null, { status: 304 }),
  ]);
  const first = await client.get("api/v1/summary");
  assertEquals(first, { a: 1 });
  assertEquals(await client.get("api/v1/summary") === first, true);
  assertEquals(new Headers(sent[1]?.init.headers).get("if-none-match"), '"1"');
});

Deno.test("Client.get() waits as long as it is asked to, and gives up", async () => {
  const busy = () => new Response("", { status: 429, headers: { "retry-after": "2" } });
  const { client, waits } = setUp([busy, busy, () => Response.json({ ok: true })]);
  assertEquals(await client.get("x"), { ok: true });
  assertEquals(waits, [2_000, 2_000]);
  const other = setUp([busy, busy, busy, busy, busy]);
  const error = await assertRejects(() => other.client.get("x"), RequestError);
  assertEquals((error as RequestError).status, 429);
});

Deno.test("Client.get() tells why there is no answer", async () => {
  const { client } = setUp([() => new Response("Unauthorized: no.\n", { status: 401 })]);
  const refused = await assertRejects(() => client.get("x"), RequestError, "Unauthorized: no.");
  assertEquals((refused as RequestError).status, 401);
  const gone = await assertRejects(
    () => client.get("x"),
    RequestError,
    "tsmetrics does not answer.",
  );
  assertEquals((gone as RequestError).status, 0);
});

Deno.test("Client.pages() follows the cursors", async () => {
  const { client, sent } = setUp([
    () => Response.json({ next: "a+b", devices: [1] }),
    () => Response.json({ next: null, devices: [2] }),
  ]);
  const pages = await Array.fromAsync(client.pages("list?limit=1"));
  assertEquals(pages.map((page) => JSON.stringify(page)), [
    '{"next":"a+b","devices":[1]}',
    '{"next":null,"devices":[2]}',
  ]);
  assertEquals(sent.map(({ path }) => path), ["list?limit=1", "list?limit=1&cursor=a%2Bb"]);
});

Deno.test("Client.post() shows that no other site sent the request", async () => {
  const { client, sent } = setUp([() => new Response(null, { status: 204 })]);
  await client.post("login", { authorization: "Bearer t" });
  const headers = new Headers(sent[0]?.init.headers);
  assertEquals([
    sent[0]?.init.method,
    headers.get("x-requested-with"),
    headers.get("authorization"),
  ], [
    "POST",
    "tsmetrics",
    "Bearer t",
  ]);
});
