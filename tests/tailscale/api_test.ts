import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ApiError, type ApiFailure, describeError } from "../../src/errors.ts";
import { Secret } from "../../src/secret/secret.ts";
import { type ApiOptions, createApi } from "../../src/tailscale/api.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";
import { loopback, rawLoopback } from "../_support/loopback.ts";

const DEVICES = fixtureText("api/v2-devices-all.json");
const CLIENT_SECRET = "canary-c1ient-secret";
const API_TOKEN = "canary-ap1-token";
const ACCESS_TOKEN = "canary-acc3ss-token";

const OAUTH = {
  kind: "oauth",
  clientId: "the-id",
  clientSecret: new Secret(CLIENT_SECRET),
} as const;
const TOKEN = { kind: "token", token: new Secret(API_TOKEN) } as const;

type Handler = (request: Request) => Response | Promise<Response>;

/** A client of an API that is one function. Waits pass by themselves. */
function rig(handler: Handler, options: Partial<ApiOptions> = {}) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const api = createApi({
    baseUrl: new URL("https://api.test/api/v2"),
    tailnet: "-",
    credentials: TOKEN,
    fetch: (input, init) => {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      sent.push(`${request.method} ${pathname}${search} ${request.headers.get("authorization")}`);
      return Promise.resolve(handler(request));
    },
    now: clock.now,
    random: () => 0,
    delay: (ms, signal) => ms < 1000 ? Promise.resolve() : clock.delay(ms, signal),
    ...options,
  });
  return { api, clock, sent };
}

function isTokenRequest(request: Request): boolean {
  return request.url.endsWith("/oauth/token");
}

/** A handler whose token endpoint numbers its tokens. */
function withTokens(devices: Handler): Handler {
  let count = 0;
  return (request) => {
    if (!isTokenRequest(request)) return devices(request);
    count++;
    return Response.json({ access_token: `${ACCESS_TOKEN}-${count}`, expires_in: 3600 });
  };
}

Deno.test("listDevices() asks once for all fields, with the token it was given", async () => {
  const { api, sent } = rig(() => new Response(DEVICES));
  const { devices, rejected } = await api.listDevices();
  assertEquals(devices.map(({ name }) => name), ["node-a", "node-b", "node-c"]);
  assertEquals(rejected, []);
  assertEquals(sent, [`GET /api/v2/tailnet/-/devices?fields=all Bearer ${API_TOKEN}`]);
  assertEquals(api.credentialExpiresAtSeconds(), undefined);
});

Deno.test("listDevices() escapes the tailnet and keeps the path of the base URL", async () => {
  const cases: readonly (readonly [base: string, tailnet: string, url: string])[] = [
    ["https://api.test", "-", "https://api.test/tailnet/-/devices?fields=all"],
    ["https://api.test/a/b/", "x", "https://api.test/a/b/tailnet/x/devices?fields=all"],
    [
      "http://api.test:8080/a?x=1#y",
      "x",
      "http://api.test:8080/a/tailnet/x/devices?fields=all",
    ],
    [
      "https://api.test/v2",
      "a b/../c?d#e%2f@ü",
      "https://api.test/v2/tailnet/a%20b%2F..%2Fc%3Fd%23e%252f%40%C3%BC/devices?fields=all",
    ],
  ];
  for (const [base, tailnet, url] of cases) {
    const urls: string[] = [];
    const { api } = rig((request) => {
      urls.push(request.url);
      return new Response(DEVICES);
    }, { baseUrl: new URL(base), tailnet });
    await api.listDevices();
    assertEquals(urls, [url]);
  }
});

Deno.test("createApi() refuses user info in the base URL, and tailnets that are no path", () => {
  const withUrl = (baseUrl: URL, tailnet: string) => () =>
    createApi({ baseUrl, tailnet, credentials: TOKEN });
  const secret = withUrl(new URL("https://user:canary@api.test/"), "-");
  const error = assertThrows(secret, TypeError, "user info");
  assert(!error.message.includes("canary"));
  for (const tailnet of ["", ".", ".."]) {
    assertThrows(withUrl(new URL("https://api.test/"), tailnet), TypeError, `"${tailnet}"`);
  }
});

Deno.test("listDevices() fetches an access token first and keeps it", async () => {
  const { api, clock, sent } = rig(withTokens(() => new Response(DEVICES)), { credentials: OAUTH });
  await api.listDevices();
  await api.listDevices();
  assertEquals(sent, [
    "POST /api/v2/oauth/token null",
    `GET /api/v2/tailnet/-/devices?fields=all Bearer ${ACCESS_TOKEN}-1`,
    `GET /api/v2/tailnet/-/devices?fields=all Bearer ${ACCESS_TOKEN}-1`,
  ]);
  assertEquals(api.credentialExpiresAtSeconds(), clock.now() / 1000 + 3600);
});

Deno.test("listDevices() renews a refused access token once, and a second 401 is final", async () => {
  const refusing = (good: number) =>
    withTokens((request) => {
      const isGood = request.headers.get("authorization")?.endsWith(`-${good}`);
      return isGood ? new Response(DEVICES) : new Response("", { status: 401 });
    });
  const second = rig(refusing(2), { credentials: OAUTH });
  assertEquals((await second.api.listDevices()).devices.length, 3);
  assertEquals(second.sent.length, 4);

  const never = rig(refusing(0), { credentials: OAUTH });
  const error = await assertRejects(() => never.api.listDevices(), ApiError, "did not help");
  assertEquals([error.failure, never.sent.length], ["unauthorized", 4]);

  const given = rig(() => new Response("", { status: 401 }));
  await assertRejects(() => given.api.listDevices(), ApiError, "OAUTH_TOKEN is wrong");
  assertEquals(given.sent.length, 1);
});

Deno.test("listDevices() ends when its caller gives up while it waits for a token", async () => {
  const { api } = rig(() => new Promise(() => {}), { credentials: OAUTH });
  const caller = new AbortController();
  const reason = new Error("Shutting down");
  const failed = assertRejects(() => api.listDevices(caller.signal), Error);
  caller.abort(reason);
  assertStrictEquals(await failed, reason);
});

/** What a request was sent with, as a careless server would give it back. */
async function echo(request: Request): Promise<string> {
  const headers = JSON.stringify([...request.headers]);
  return `${headers} ${await request.text()} ${API_TOKEN} ${CLIENT_SECRET} ${ACCESS_TOKEN}-1`;
}

/** Every text that an error can show: message, stack and all that hangs on it. */
function allTexts(error: unknown): string {
  const parts: string[] = [describeError(error), Deno.inspect(error, { depth: 9 })];
  for (let each = error; each instanceof Error; each = each.cause) parts.push(each.stack ?? "");
  return parts.join("\n");
}

Deno.test("listDevices() shows no secret in any error, whatever the server echoes", async () => {
  const message = async (request: Request) => JSON.stringify({ message: await echo(request) });
  const failures: readonly (readonly [name: string, Handler])[] = [
    ...[400, 401, 403, 404, 407, 418, 429, 500, 503].map((status) =>
      [
        `${status}`,
        async (request: Request) => new Response(await message(request), { status }),
      ] as const
    ),
    ["HTML", async (request) => new Response(`<html>${await echo(request)}`)],
    ["no list", async (request) => new Response(await message(request))],
    ["cut", (request) => new Response(`{"access_token":"${API_TOKEN}","x":"${request.url}`)],
    ["raw", async (request) => new Response(await echo(request))],
    ["redirect", async (request) => {
      const location = `https://${ACCESS_TOKEN}-1.test/?a=${await request.text()}`;
      return new Response(await echo(request), { status: 307, headers: { location } });
    }],
    ["network", async (request) => {
      throw new TypeError("fetch failed", { cause: new Error(await echo(request)) });
    }],
    ["header", (request) => {
      throw new TypeError(`Invalid header value: "${request.headers.get("authorization")}"`);
    }],
  ];
  for (const credentials of [OAUTH, TOKEN]) {
    for (const where of ["token endpoint", "device list"]) {
      for (const [name, fail] of failures) {
        const title = `${credentials.kind}, ${where}, ${name}`;
        const handler: Handler = where === "token endpoint" ? fail : withTokens(fail);
        const { api } = rig(handler, { credentials, attempts: 2 });
        const error = await assertRejects(() => api.listDevices(), ApiError);
        // Secrets that this client was never told are not its own to hide.
        const known = credentials.kind === "token" ? [API_TOKEN] : [CLIENT_SECRET];
        if (credentials.kind === "oauth" && where === "device list") known.push(ACCESS_TOKEN);
        for (const secret of known) assert(!allTexts(error).includes(secret), title);
      }
    }
  }
});

/** A client of a server on loopback, over the platform's own fetch. */
function realClient(baseUrl: URL, options: Partial<ApiOptions> = {}) {
  return createApi({
    baseUrl,
    tailnet: "-",
    credentials: TOKEN,
    attempts: 1,
    timeoutMs: 30_000,
    ...options,
  });
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("listDevices() reads a compressed answer over a real connection", async () => {
  const body = await gzip(DEVICES);
  await using server = loopback(() =>
    new Response(body, { headers: { "content-encoding": "gzip" } })
  );
  assertEquals((await realClient(server.url).listDevices()).devices.length, 3);
});

Deno.test("listDevices() never holds a body that is too long, compressed or not", async () => {
  const chunk = new Uint8Array(1_000_000).fill(0x20);
  let sentBytes = 0;
  const long = () => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        sentBytes += chunk.byteLength;
        if (sentBytes > 200_000_000) return controller.close();
        controller.enqueue(chunk);
      },
    });
    return new Response(body);
  };
  await using plain = loopback(long);
  const error = await assertRejects(
    () => realClient(plain.url, { maxBytes: 3_000_000 }).listDevices(),
    ApiError,
  );
  assertEquals(error.failure, "too_large");
  assert(sentBytes < 100_000_000, `The server got rid of ${sentBytes} bytes`);

  const bomb = await gzip(" ".repeat(4_000_000));
  assert(bomb.byteLength < 10_000);
  await using swelling = loopback(() =>
    new Response(bomb, { headers: { "content-encoding": "gzip" } })
  );
  const swollen = realClient(swelling.url, { maxBytes: 3_000_000 });
  assertEquals(
    (await assertRejects(() => swollen.listDevices(), ApiError)).failure,
    "too_large",
  );
});

Deno.test("listDevices() tells real failures of a connection apart", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
  const cases: readonly (readonly [name: string, sent: string | undefined, ApiFailure])[] = [
    ["hangs", undefined, "timeout"],
    ["sends half a body and hangs", `${head}content-length: 99\r\n\r\n{"dev`, "timeout"],
    ["closes at once", "close", "network"],
    ["cuts the body", `${head}content-length: 99\r\n\r\n{"devclose`, "network"],
    ["cuts a chunk", `${head}transfer-encoding: chunked\r\n\r\nff\r\n{"devclose`, "network"],
    ["speaks no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\nclose", "network"],
    ["cuts a body of no length", `${head}connection: close\r\n\r\n{"devclose`, "malformed"],
  ];
  for (const [name, sent, failure] of cases) {
    await using server = rawLoopback(sent);
    const timeoutMs = failure === "timeout" ? 100 : 30_000;
    const error = await assertRejects(
      () => realClient(server.url, { timeoutMs }).listDevices(),
      ApiError,
    );
    assertEquals(error.failure, failure, `${name}: ${error.message}`);
    assert(!allTexts(error).includes(API_TOKEN));
  }
});

Deno.test("listDevices() never sends a credential along a redirect", async () => {
  const seen: string[] = [];
  await using other = loopback((request) => {
    seen.push(request.url);
    return new Response(DEVICES);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = loopback(() =>
      new Response("moved", { status, headers: { location: other.url.href } })
    );
    const error = await assertRejects(
      () => realClient(server.url, { credentials: OAUTH }).listDevices(),
      ApiError,
      `a redirect to "${other.url.host}"`,
    );
    assertEquals([error.failure, error.status], ["status", status]);
  }
  assertEquals(seen, []);
});
