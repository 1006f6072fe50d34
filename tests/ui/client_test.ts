import { assertEquals, assertRejects } from "@std/assert";
import { Client, RequestError } from "../../src/ui/client.ts";

function setUp(answers: readonly (() => Response)[]) {
  const sent: { readonly path: string; readonly init: RequestInit }[] = [];
  const waits: number[] = [];
  const clock = { nowMs: 0 };
  const client = new Client({
    now: () => clock.nowMs,
    fetch: (path, init) => {
      sent.push({ path, init });
      const answer = answers[sent.length - 1];
      return answer === undefined ? Promise.reject(new TypeError()) : Promise.resolve(answer());
    },
    delay: (ms) => {
      waits.push(ms);
      clock.nowMs += ms;
      return Promise.resolve();
    },
  });
  return { client, clock, sent, waits };
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

Deno.test("Client has all requests wait when the server refuses one, and takes a bad time for a second", async () => {
  const refuse = (time: string) => () =>
    new Response("", { status: 429, headers: { "retry-after": time } });
  const fine = () => Response.json({});
  const { client, clock, waits } = setUp([refuse("3"), fine, fine, refuse("soon"), fine]);
  await Promise.all([client.get("a"), client.get("b")]);
  assertEquals(clock.nowMs, 3_000);
  await client.get("c");
  assertEquals(waits.at(-1), 1_000);
});

Deno.test("Client.get() keeps below the server's limit, however fast a person clicks", async () => {
  const { client, clock, sent } = setUp(Array.from({ length: 40 }, () => () => Response.json({})));
  const times: number[] = [];
  for (let at = 0; at < 30; at++) {
    await client.get(`${at}`);
    times.push(clock.nowMs);
  }
  assertEquals([times[9], times[10], times[29]], [0, 200, 4_000]);
  clock.nowMs += 60_000;
  for (let at = 0; at < 10; at++) await client.get(`${at}`);
  assertEquals([clock.nowMs, sent.length], [64_000, 40], "a burst again, and no larger one");
});

Deno.test("Client.get() does not send what waits for a view that is left", async () => {
  const { client, clock, sent } = setUp(Array.from({ length: 12 }, () => () => Response.json({})));
  for (let at = 0; at < 10; at++) await client.get(`${at}`);
  const stop = new AbortController();
  const left = assertRejects(() => client.get("left", stop.signal), Error, "left");
  stop.abort(new Error("left"));
  const next = client.get("next");
  await left;
  await next;
  assertEquals(clock.nowMs, 200, "it took no turn");
  assertEquals(sent.map(({ path }) => path).slice(10), ["next"]);
});

Deno.test("Client.kept() gives the last answer", async () => {
  const { client } = setUp([() => Response.json({ a: 1 }, { headers: { etag: '"1"' } })]);
  assertEquals(client.kept("x"), undefined);
  const answer = await client.get("x");
  assertEquals(client.kept("x") === answer, true);
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
