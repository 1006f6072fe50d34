import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { Dialect } from "../../src/control/refusal.ts";
import { type ApiRequest, createSend, type RequestOptions } from "../../src/control/request.ts";
import { ApiError, describeError } from "../../src/errors.ts";
import { joinText } from "../../src/json/body.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";
import { VERSION } from "../../src/version.ts";
import { FakeClock } from "../_support/fake_clock.ts";

const REQUEST: ApiRequest<string> = {
  endpoint: "devices",
  doing: "list",
  url: new URL("https://api.test/v2/devices?fields=all"),
  method: "GET",
  headers: { authorization: "Bearer s3cret-value" },
  read: joinText,
};

const DIALECT: Dialect = { urlVariable: "TAILSCALE_API_URL", advise: () => undefined };

/** An answer, or an error to throw, or "hang": nothing until the signal is aborted. */
type Scripted = Response | Error | "hang";

/** A sender over a fake fetch that plays a script, one entry for each attempt. */
function rig(script: readonly Scripted[], options: RequestOptions = {}) {
  const clock = new FakeClock();
  const sent: { url: string; init: RequestInit }[] = [];
  const events: string[] = [];
  const play = (input: unknown, init: RequestInit = {}) => {
    const entry = script[sent.length];
    sent.push({ url: String(input), init });
    if (entry instanceof Response) return Promise.resolve(entry);
    if (entry !== "hang") return Promise.reject(entry ?? new Error("Asked too often"));
    return new Promise<Response>((_, reject) => {
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason), { once: true });
    });
  };
  const send = createSend(DIALECT, new Redactor([new Secret("s3cret-value")]), {
    fetch: play,
    now: clock.now,
    delay: clock.delay,
    random: () => 0.5,
    observer: {
      requested: (endpoint, code, seconds) => void events.push(`${endpoint} ${code} ${seconds}`),
      retried: (endpoint) => void events.push(`${endpoint} again`),
    },
    ...options,
  });
  return { send, clock, sent, events };
}

function answer(status: number, body = "", headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers });
}

/** The error of a promise that must reject, at once typed. */
function apiError(promise: Promise<unknown>): Promise<ApiError> {
  return assertRejects(() => promise, ApiError);
}

Deno.test("send() sends what it is given, follows no redirect and gives the body", async () => {
  const { send, clock, sent, events } = rig([answer(200, "the body")]);
  const request = { ...REQUEST, method: "POST", body: "a=b" } as const;
  assertEquals(await send(request), "the body");
  assertEquals(sent.length, 1);
  assertEquals(sent[0]?.url, "https://api.test/v2/devices?fields=all");
  const { signal, ...init } = sent[0]?.init ?? {};
  assert(signal instanceof AbortSignal);
  assertEquals(init, {
    method: "POST",
    headers: { authorization: "Bearer s3cret-value", "user-agent": `tsmetrics/${VERSION}` },
    body: "a=b",
    redirect: "manual",
  });
  assertEquals(events, ["devices 200 0"]);
  await clock.advance(0);
  assertEquals(clock.waiting, 0);
});

Deno.test("send() tries 429 and some 5xx three times, with jitter", async () => {
  for (const status of [429, 500, 502, 503, 504]) {
    const { send, clock, events } = rig([answer(status), answer(status), answer(status)]);
    const failed = apiError(send(REQUEST));
    await clock.advance(499);
    assertEquals(events.length, 1);
    await clock.advance(1);
    assertEquals(events.length, 3);
    await clock.advance(1000);
    const error = await failed;
    assertEquals(error.failure, status === 429 ? "rate_limited" : "server");
    assertEquals(error.status, status);
    const attempt = `devices ${status} 0`;
    assertEquals(events, [attempt, "devices again", attempt, "devices again", attempt]);
    assertEquals(clock.waiting, 0);
  }
});

Deno.test("send() does not try again what would fail again", async () => {
  for (const status of [204, 301, 304, 400, 401, 403, 404, 407, 408, 418, 501, 505]) {
    const { send, sent } = rig([new Response(null, { status })]);
    const error = await apiError(send(REQUEST));
    assertEquals([error.status, sent.length], [status, 1]);
    assert(error.message.startsWith(`Cannot list: api.test answered ${status}; `), error.message);
  }
});

Deno.test("send() gives the answer of a later attempt", async () => {
  const { send, clock, events } = rig([new TypeError("reset"), answer(503), answer(200, "late")]);
  const text = send(REQUEST);
  await clock.advance(1500);
  assertEquals(await text, "late");
  assertEquals(events, [
    "devices network 0",
    "devices again",
    "devices 503 0",
    "devices again",
    "devices 200 0",
  ]);
});

Deno.test("send() leaves a wait of more than a minute to its caller", async () => {
  for (const header of ["61", "86400", "Sun, 01 Feb 2026 00:01:01 GMT"]) {
    const { send, clock, sent } = rig([answer(503, "", { "retry-after": header })]);
    const error = await apiError(send(REQUEST));
    assertEquals([error.failure, sent.length, clock.waiting], ["server", 1, 0]);
    assertEquals(error.retryAfterMs, header === "86400" ? 3_600_000 : 61_000);
  }
});

Deno.test("send() tells of a wait before it: why, and how long", async () => {
  const waits: string[] = [];
  const { send, clock, sent } = rig(
    [answer(429, "", { "retry-after": "3" }), new TypeError("reset"), answer(200, "late")],
    {
      observer: {
        waiting: (endpoint, { failure }, ms) => void waits.push(`${endpoint} ${failure} ${ms}`),
      },
    },
  );
  const text = send(REQUEST);
  await clock.advance(0);
  assertEquals([waits, sent.length], [["devices rate_limited 3000"], 1]);
  await clock.advance(3_000);
  assertEquals([waits.slice(1), sent.length], [["devices network 1000"], 2]);
  await clock.advance(1_000);
  assertEquals([await text, waits.length], ["late", 2]);
});

Deno.test("send() tells what the last answer asked for", async () => {
  const last = answer(429, "", { "retry-after": "7" });
  const { send, clock } = rig([answer(503), answer(503), last]);
  const failed = apiError(send(REQUEST));
  await clock.advance(20_000);
  const error = await failed;
  assertEquals(error.retryAfterMs, 7000);
});

Deno.test("send() asks before each retry how many attempts there may be", async () => {
  let attempts = 3;
  const { send, clock, sent } = rig([answer(503), answer(503), answer(503)], {
    attempts: () => attempts,
  });
  const failed = apiError(send(REQUEST));
  await clock.advance(0);
  attempts = 1;
  await clock.advance(20_000);
  await failed;
  assertEquals(sent.length, 2);
});

Deno.test("send() measures durations by the monotonic clock", async () => {
  const clock = new FakeClock();
  const { send, events } = rig([answer(200)], {
    now: clock.now,
    elapsed: clock.elapsed,
    fetch: () => {
      clock.set(-86_400_000);
      return Promise.resolve(answer(200));
    },
  });
  await send(REQUEST);
  assertEquals(events, ["devices 200 0"]);
});

Deno.test("send() waits as long as Retry-After says, up to a minute", async () => {
  const cases: readonly (readonly [header: string, ms: number])[] = [
    ["7", 7000],
    ["0", 500],
    ["60", 60_000],
    ["Sun, 01 Feb 2026 00:00:09 GMT", 9000],
    ["whenever", 500],
  ];
  for (const [header, ms] of cases) {
    const { send, clock, sent } = rig([answer(429, "", { "retry-after": header }), answer(200)]);
    const text = send(REQUEST);
    await clock.advance(ms - 1);
    assertEquals(sent.length, 1, header);
    await clock.advance(1);
    assertEquals(sent.length, 2, header);
    await text;
  }
});

Deno.test("send() takes attempts, timeout and limit from its options", async () => {
  const once = rig([answer(503)], { attempts: 1 });
  await apiError(once.send(REQUEST));
  assertEquals(once.events, ["devices 503 0"]);

  const short = rig(["hang"], { timeoutMs: 10 });
  const failed = apiError(short.send(REQUEST));
  await short.clock.advance(10);
  assertEquals((await failed).failure, "timeout");

  const small = rig([answer(200, "12345"), answer(200, "123456")], { maxBytes: 5 });
  assertEquals(await small.send(REQUEST), "12345");
  const error = await apiError(small.send(REQUEST));
  assertEquals(
    error.message,
    "Cannot list: the answer of api.test is larger than 5 bytes; check TAILSCALE_API_URL",
  );
  assertEquals([error.failure, error.status], ["too_large", 200]);
  assertEquals(small.events, ["devices 200 0", "devices 200 0"]);
});

Deno.test("send() reads no more than 64 KiB of an answer that is not 200", async () => {
  for (const [kilobytes, readBytes] of [[64, 65_536], [1024, 66_560]] as const) {
    let sentBytes = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (sentBytes === kilobytes * 1024) return controller.close();
        sentBytes += 1024;
        controller.enqueue(new Uint8Array(1024).fill(0x78));
      },
    }, { highWaterMark: 0 });
    const { send } = rig([new Response(body, { status: 404 })]);
    assertEquals((await apiError(send(REQUEST))).failure, "not_found");
    assertEquals(sentBytes, readBytes);
  }
});

Deno.test("send() ends a hanging request at its deadline, and does not try again", async () => {
  const { send, clock, events } = rig(["hang"]);
  const failed = apiError(send(REQUEST));
  await clock.advance(29_999);
  assertEquals(events, []);
  await clock.advance(1);
  const error = await failed;
  assertEquals(error.failure, "timeout");
  assertEquals(
    error.message,
    "Cannot list: no whole answer from api.test within 30 s; check the network and HTTPS_PROXY, " +
      "or raise API_TIMEOUT",
  );
  assertEquals(events, ["devices timeout 30"]);
});

Deno.test("send() keeps its deadline while a body comes", async () => {
  const { send, clock, events } = rig([], {
    fetch: (_input, init) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new Uint8Array([0x7b]));
          init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
        },
      });
      return Promise.resolve(new Response(body));
    },
  });
  const failed = apiError(send(REQUEST));
  await clock.advance(30_000);
  assertEquals((await failed).failure, "timeout");
  assertEquals(events, ["devices timeout 30"]);
});

Deno.test("send() passes on why its caller gave up", async () => {
  const reason = new Error("Shutting down");
  const { send, clock, events } = rig(["hang"]);
  const caller = new AbortController();
  const failed = assertRejects(() => send(REQUEST, caller.signal), Error);
  await clock.advance(5);
  caller.abort(reason);
  assertStrictEquals(await failed, reason);
  assertEquals([events, clock.waiting], [[], 0]);

  const before = rig([]);
  const early = assertRejects(() => before.send(REQUEST, AbortSignal.abort(reason)), Error);
  assertStrictEquals(await early, reason);
  assertEquals([before.sent.length, before.events], [0, []]);

  const between = rig([answer(503)]);
  const stop = new AbortController();
  const ended = assertRejects(() => between.send(REQUEST, stop.signal), Error);
  await between.clock.advance(1);
  stop.abort(reason);
  assertStrictEquals(await ended, reason);
  assertEquals([between.sent.length, between.clock.waiting], [1, 0]);
});

Deno.test("send() says why there is no connection, without the address", async () => {
  const connect = new Error(
    "error sending request from 127.0.0.1:5 for https://api.test/v2/devices?fields=all " +
      "(192.0.2.1:443): client error (Connect): tcp connect error: Connection refused (os error 111)",
  );
  const network = "check the network, TAILSCALE_API_URL and HTTPS_PROXY";
  const cases: readonly (readonly [thrown: unknown, reason: string, advice: string])[] = [
    [
      new TypeError("fetch failed", { cause: connect }),
      "tcp connect error: Connection refused (os error 111)",
      network,
    ],
    [
      new TypeError("fetch failed", {
        cause: new Error("client error (Connect): invalid peer certificate: UnknownIssuer"),
      }),
      "invalid peer certificate: UnknownIssuer",
      "give the certificate of its authority in TLS_CA_PEM",
    ],
    [
      new TypeError('invalid peer certificate: certificate not valid for name "a"'),
      'invalid peer certificate: certificate not valid for name "a"',
      "use a name that its certificate has in TAILSCALE_API_URL",
    ],
    [new TypeError("Cannot use socks5://user:pw@proxy:1"), "Cannot use the address", network],
    [
      new TypeError('Invalid header value: "Bearer s3cret-value"'),
      'Invalid header value: "Bearer [redacted]"',
      network,
    ],
    ["odd", "odd", network],
  ];
  for (const [thrown, reason, advice] of cases) {
    const { send, events } = rig([], { attempts: 1, fetch: () => Promise.reject(thrown) });
    const error = await apiError(send(REQUEST));
    assertEquals(error.message, `Cannot list: no answer from api.test: ${reason}; ${advice}`);
    assertEquals(error.failure, "network");
    assertEquals(describeError(error), error.message);
    assertEquals(events, ["devices network 0"]);
  }
});

Deno.test("send() reads little of a refusal, however long it is", async () => {
  let byteCount = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      byteCount += 1000;
      controller.enqueue(new Uint8Array(1000).fill(0x78));
    },
  }, { highWaterMark: 0 });
  const { send } = rig([new Response(body, { status: 403 })]);
  const error = await apiError(send(REQUEST));
  assertEquals(error.failure, "forbidden");
  assert(byteCount < 70_000, `${byteCount}`);
});

Deno.test("send() takes 64 MiB of a list and 64 KiB of a refusal by default, and not a byte more", async () => {
  const most = 64 * 1024 * 1024;
  const list = new Uint8Array(most).fill(0x20);
  const whole = rig([new Response(list)]);
  assertEquals((await whole.send(REQUEST)).length, most);
  const beyond = rig([new Response(ReadableStream.from([list, Uint8Array.of(0x20)]))]);
  assertEquals(
    (await apiError(beyond.send(REQUEST))).message,
    "Cannot list: the answer of api.test is larger than 67108864 bytes; check TAILSCALE_API_URL",
  );
  // a refusal that is too long is quoted by its beginning instead of being read
  const refusal = (bytes: number) => `{"message":"no","x":"${"y".repeat(bytes - 23)}"}`;
  const quotes: (string | undefined)[] = [];
  for (const bytes of [65_536, 65_537]) {
    const { send } = rig([answer(403, refusal(bytes))]);
    const { message } = await apiError(send(REQUEST));
    quotes.push(/answered 403 (".{3,20})/.exec(message)?.[1]);
  }
  assertEquals(quotes, ['"no"; wanted 200; che', '"{"message":"no","x":']);
});
