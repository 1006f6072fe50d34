import { assertEquals } from "@std/assert";
import { DatabaseClient, type DatabaseClientOptions } from "../../src/push/database_client.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";
import { FakeClock } from "../_support/fake_clock.ts";

/** A request as the database gets it. */
interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: string | undefined;
}

async function textOf(body: BodyInit | null | undefined, headers: Headers): Promise<string> {
  const stream = new Blob([body as BlobPart]).stream();
  if (headers.get("content-encoding") !== "gzip") return await new Response(stream).text();
  return await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
}

function makeClient(
  options: Partial<DatabaseClientOptions> = {},
  answer: () => Response | Promise<Response> = () => new Response(null, { status: 204 }),
) {
  const clock = new FakeClock();
  const sent: Sent[] = [];
  const codes: string[] = [];
  const client = new DatabaseClient({
    url: new URL("http://db.example:8086/base/"),
    place: { org: "my org", bucket: "analytics" },
    token: new Secret("t0ken"),
    now: clock.now,
    delay: clock.delay,
    redactor: new Redactor(),
    onRequest: (code) => void codes.push(code),
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      const body = await textOf(init?.body, headers);
      sent.push({ url: String(url), headers, body, redirect: init?.redirect });
      return await answer();
    },
    ...options,
  });
  return { clock, codes, sent, client };
}

function batchOf(text: string) {
  return { bytes: new TextEncoder().encode(text), points: text.split("\n").length - 1 };
}

Deno.test("DatabaseClient writes to a bucket with its token", async () => {
  const { codes, sent, client } = makeClient();
  const outcome = await client.write(batchOf("m a=1 1\n"));
  assertEquals(outcome.kind, "written");
  const [request] = sent;
  assertEquals(
    [
      request?.url,
      request?.body,
      request?.redirect,
      request?.headers.get("authorization"),
      request?.headers.get("content-encoding"),
    ],
    [
      "http://db.example:8086/base/api/v2/write?org=my+org&bucket=analytics&precision=ns",
      "m a=1 1\n",
      "manual",
      "Token t0ken",
      null,
    ],
  );
  assertEquals([codes, client.host], [["204"], "db.example:8086"]);
});

Deno.test("DatabaseClient compresses what is long", async () => {
  const { sent, client } = makeClient();
  const text = "m a=1 1\n".repeat(500);
  await client.write(batchOf(text));
  assertEquals([sent[0]?.headers.get("content-encoding"), sent[0]?.body], ["gzip", text]);
});

Deno.test("DatabaseClient writes to a database of version 1, with a login if there is one", async () => {
  const place = { database: "a&b" };
  const login = { username: "me", password: new Secret("pässword") };
  const { sent, client } = makeClient({ place, login, token: undefined });
  await client.write(batchOf("m a=1 1\n"));
  assertEquals([sent[0]?.url, sent[0]?.headers.get("authorization")], [
    "http://db.example:8086/base/write?db=a%26b",
    "Basic bWU6cMOkc3N3b3Jk",
  ]);
  const open = makeClient({ place, token: undefined, url: new URL("http://db") });
  await open.client.write(batchOf("m a=1 1\n"));
  assertEquals([open.sent[0]?.url, open.sent[0]?.headers.get("authorization")], [
    "http://db/write?db=a%26b",
    null,
  ]);
});

Deno.test("DatabaseClient passes on how long the database asks to wait", async () => {
  const { codes, client } = makeClient(
    {},
    () => new Response("slow down", { status: 429, headers: { "retry-after": "7" } }),
  );
  assertEquals(await client.write(batchOf("m a=1 1\n")), {
    kind: "failed",
    reason: 'it answered 429 "slow down"',
    retryAfterMs: 7_000,
  });
  assertEquals(codes, ["429"]);
});

Deno.test("DatabaseClient fails after a timeout, and without a connection", async () => {
  const silent = makeClient({
    fetch: (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      }),
  });
  const write = silent.client.write(batchOf("m a=1 1\n"));
  await silent.clock.advance(15_000);
  const advice = "check the network, INFLUX_URL and HTTPS_PROXY";
  assertEquals(await write, {
    kind: "failed",
    reason: `no answer within 15 s; ${advice}`,
    retryAfterMs: undefined,
  });
  const refused = makeClient({}, () => Promise.reject(new TypeError("connection refused")));
  assertEquals(
    (await refused.client.write(batchOf("m a=1 1\n"))).reason,
    `connection refused; ${advice}`,
  );
  const distrusted = makeClient(
    {},
    () => Promise.reject(new TypeError("invalid peer certificate: UnknownIssuer")),
  );
  assertEquals(
    (await distrusted.client.write(batchOf("m a=1 1\n"))).reason,
    "invalid peer certificate: UnknownIssuer; give the certificate of its authority in TLS_CA_PEM",
  );
  const old = makeClient(
    {},
    () => Promise.reject(new TypeError("invalid peer certificate: certificate expired: a day ago")),
  );
  assertEquals(
    (await old.client.write(batchOf("m a=1 1\n"))).reason,
    "invalid peer certificate: certificate expired: a day ago; renew its certificate, or correct " +
      "the clock of this machine",
  );
  assertEquals([silent.codes, refused.codes], [["timeout"], ["network"]]);
});

const CHECKS: readonly (readonly [status: number, text: string, problem: string | undefined])[] = [
  [204, "", undefined],
  [400, '{"code":"invalid","message":"writing requires points"}', undefined],
  [
    400,
    '{"code":"invalid","message":"bucket is required"}',
    'it answered 400 "bucket is required"',
  ],
  [
    404,
    '{"error":"database not found: \\"x\\""}',
    'it answered 404 "database not found: "x""; create what INFLUX_ORG and INFLUX_BUCKET name, or check INFLUX_URL',
  ],
];

for (const [status, text, problem] of CHECKS) {
  Deno.test(`DatabaseClient.check() takes ${status} ${text} for ${problem === undefined ? "good" : "a problem"}`, async () => {
    const { sent, client } = makeClient(
      {},
      () => new Response(text === "" ? null : text, { status }),
    );
    assertEquals(await client.check(), problem);
    assertEquals(sent[0]?.body, "");
  });
}

Deno.test("DatabaseClient.write() tells no reason that may quote a request of a user", async () => {
  const echo = () => new Response("unable to parse 'm,user=eve@example.com x'", { status: 400 });
  const { client } = makeClient({}, echo);
  const reasons: (string | undefined)[] = [];
  for (const measurement of ["tailscale_access", "tailscale_health"]) {
    reasons.push((await client.write({ ...batchOf("m a=1 1\n"), measurement })).reason);
  }
  assertEquals(reasons.map((reason) => reason?.includes("eve")), [false, true]);
});
