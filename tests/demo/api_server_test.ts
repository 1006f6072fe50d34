import { assert, assertEquals } from "@std/assert";
import { DemoApi } from "../../src/demo/api_server.ts";
import { Hold } from "../../src/demo/hold.ts";
import type { ApiFault, SimulatedTailnet } from "../../src/demo/mod.ts";
import { Secret } from "../../src/secret/secret.ts";
import { fleetAtNoon, NOON_MS } from "./_answer.ts";

const BASE = "http://127.0.0.1/api/v2";
const SECRET = "canary-secret";

interface Client {
  readonly tailnet: SimulatedTailnet;
  readonly hold: Hold;
  ask(path: string, init?: RequestInit): Promise<Response>;
  moveMs(ms: number): void;
}

function connect(): Client {
  const [tailnet, hold] = [fleetAtNoon(12), new Hold()];
  let nowMs = NOON_MS;
  const api = new DemoApi({ tailnet, hold, clientSecret: new Secret(SECRET), now: () => nowMs });
  return {
    tailnet,
    hold,
    ask: (path, init) => {
      const request = new Request(BASE + path, init);
      return api.answer(request, new URL(request.url));
    },
    moveMs: (ms) => nowMs += ms,
  };
}

function form(fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", body: new URLSearchParams(fields), headers };
}

async function tokenOf(client: Client, scope?: string): Promise<string> {
  const fields = { client_id: "any", client_secret: SECRET };
  const reply = await client.ask(
    "/oauth/token",
    form(scope === undefined ? fields : { ...fields, scope }),
  );
  return (await reply.json()).access_token;
}

function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

const DEVICES = "/tailnet/-/devices?fields=all";

Deno.test("DemoApi.answer() gives a token for the secret, in the body or by Basic", async () => {
  const { ask } = connect();
  for (
    const init of [
      form({ client_id: "x", client_secret: SECRET, grant_type: "client_credentials" }),
      form({ client_secret: SECRET }),
      form({ grant_type: "client_credentials" }, { authorization: `Basic ${btoa(`x:${SECRET}`)}` }),
    ]
  ) {
    const reply = await ask("/oauth/token", init);
    assertEquals(reply.status, 200);
    const { access_token, ...rest } = await reply.json();
    assert(access_token.startsWith("tskey-api-demo-"));
    assertEquals(rest, { token_type: "Bearer", expires_in: 3600, scope: "all:read" });
    assertEquals((await ask(DEVICES, bearer(access_token))).status, 200);
  }
});

Deno.test("DemoApi.answer() refuses a token as RFC 6749 has it", async () => {
  const { ask } = connect();
  const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  const basic = (text: string) => form({}, { authorization: `Basic ${text}` });
  const cases: readonly (readonly [init: RequestInit, status: number, error: string])[] = [
    [form({ client_secret: "wrong" }), 401, "invalid_client"],
    [form({}), 401, "invalid_client"],
    [basic(btoa("x:wrong")), 401, "invalid_client"],
    [basic(btoa("nocolon")), 401, "invalid_client"],
    [basic("%%%"), 401, "invalid_client"],
    [form({ client_secret: SECRET, grant_type: "password" }), 400, "unsupported_grant_type"],
    [form({ client_secret: SECRET, scope: "all:read dns" }), 400, "invalid_scope"],
    [json, 400, "invalid_request"],
  ];
  for (const [init, status, error] of cases) {
    const reply = await ask("/oauth/token", init);
    const body = await reply.json();
    assertEquals([reply.status, body.error], [status, error]);
    assertEquals(typeof body.error_description, "string");
    assert(!JSON.stringify(body).includes(SECRET));
  }
});

Deno.test("DemoApi.answer() lists devices for a token, by all its ways to send it", async () => {
  const client = connect();
  const token = await tokenOf(client);
  const basic = { headers: { authorization: `Basic ${btoa(`${token}:`)}` } };
  for (const init of [bearer(token), basic]) {
    const reply = await client.ask(DEVICES, init);
    assertEquals(reply.headers.get("content-type"), "application/json");
    assertEquals((await reply.json()).devices.length, 12);
  }
  const lean = await (await client.ask("/tailnet/-/devices", bearer(token))).json();
  assertEquals(lean.devices[0].enabledRoutes, undefined);
  const full = await (await client.ask(DEVICES, bearer(token))).json();
  assertEquals(full.devices[0].enabledRoutes.length, 2);
});

Deno.test("DemoApi.answer() says why there is no list", async () => {
  const client = connect();
  const token = await tokenOf(client);
  const users = await tokenOf(client, "users:read");
  const post = { method: "POST", ...bearer(token) };
  const cases: readonly (readonly [path: string, init: RequestInit, status: number])[] = [
    [DEVICES, {}, 401],
    [DEVICES, bearer("wrong"), 401],
    [DEVICES, { headers: { authorization: "Basic %%%" } }, 401],
    [DEVICES, bearer(users), 403],
    [DEVICES, post, 405],
    ["/tailnet/other/devices", bearer(token), 404],
    ["/tailnet/-/devices?fields=some", bearer(token), 400],
    ["/tailnet/-/keys", bearer(token), 404],
    ["/oauth/token", {}, 405],
  ];
  for (const [path, init, status] of cases) {
    const reply = await client.ask(path, init);
    assertEquals(reply.status, status, path);
    assertEquals(Object.keys(await reply.json()), ["message"]);
  }
});

Deno.test("DemoApi.answer() forgets a token after an hour", async () => {
  const client = connect();
  const token = await tokenOf(client);
  client.moveMs(3_599_000);
  assertEquals((await client.ask(DEVICES, bearer(token))).status, 200);
  client.moveMs(1_000);
  assertEquals((await client.ask(DEVICES, bearer(token))).status, 401);
  const next = await tokenOf(client);
  assert(next !== token);
  assertEquals((await client.ask(DEVICES, bearer(next))).status, 200);
});

Deno.test("DemoApi.answer() misbehaves as told, and only for the list", async () => {
  const client = connect();
  const cases: readonly (readonly [fault: ApiFault, status: number])[] = [
    ["unauthorized", 401],
    ["forbidden", 403],
    ["not_found", 404],
    ["rate_limited", 429],
    ["server", 500],
    ["html", 200],
    ["cut", 200],
  ];
  for (const [fault, status] of cases) {
    client.tailnet.apiFault = fault;
    const token = await tokenOf(client);
    const reply = await client.ask(DEVICES, bearer(token));
    assertEquals([fault, reply.status], [fault, status]);
    assertEquals(reply.headers.get("retry-after"), fault === "rate_limited" ? "1" : null);
    const text = await reply.text();
    assertEquals(
      text.startsWith(status === 200 ? fault === "html" ? "<" : "{" : '{"message"'),
      true,
    );
    if (fault === "cut") assert(text.length > 1000 && !text.endsWith("}\n"));
  }
});

Deno.test("DemoApi.answer() streams a body that is too large to keep", async () => {
  const client = connect();
  client.tailnet.apiFault = "huge";
  const reader = (await client.ask(DEVICES)).body?.getReader();
  let bytes = 0;
  while (bytes < 3 * 1024 * 1024) bytes += (await reader?.read())?.value?.length ?? NaN;
  await reader?.cancel();
  assertEquals(bytes, 3 * 1024 * 1024);
});

Deno.test("DemoApi.answer() hangs until it is let go", async () => {
  const client = connect();
  client.tailnet.apiFault = "hang";
  const reply = client.ask(DEVICES);
  assertEquals(client.hold.size, 1);
  client.hold.release();
  assertEquals((await reply).status, 503);
});
