import { assertEquals, assertStringIncludes } from "@std/assert";
import { Connection } from "../../src/http/server/connection.ts";
import { createIngestAnswer, type IngestOptions } from "../../src/http/ingest.ts";
import type { Remote } from "../../src/http/server/remote.ts";
import { BodyFault, type RequestBody } from "../../src/http/server/request_body.ts";
import { Secret } from "../../src/secret/secret.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { LOGIN_LINES } from "../access/_login_line.ts";
import { FakeSocket } from "./server/_fake_socket.ts";
import { fakeIntake, fakeViews } from "./_fake_views.ts";
import { ingest, makeAnalytics, WHOIS } from "./_ingest.ts";
import { makeHandler, REMOTE, TOKEN } from "./_handler.ts";

const PATH = "/analytics/ingest";

/** A body of these pieces; a fault ends it. */
function bodyOf(...pieces: readonly (string | BodyFault)[]): RequestBody {
  const left = [...pieces];
  const read = () => {
    const piece = left.shift();
    if (piece instanceof BodyFault) return Promise.reject(piece);
    return Promise.resolve(piece === undefined ? undefined : new TextEncoder().encode(piece));
  };
  return { isFinished: false, read } as RequestBody;
}

/** The sender of a body. */
function from(body: RequestBody, hostname = REMOTE.hostname): Remote {
  return { hostname, body };
}

function post(path: string = PATH, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`http://127.0.0.1:9100${path}`, { method: "POST", headers });
}

function makeAnswer(options: Partial<IngestOptions> = {}) {
  const taken: string[] = [];
  const answer = createIngestAnswer({
    views: { openIntake: (service) => fakeIntake(taken, service) },
    ...options,
  });
  return { answer, taken };
}

/** Status and JSON of an answer. */
async function read(response: Response | Promise<Response>) {
  const { status, ...rest } = await response;
  return [status, await (await response).json(), rest] as const;
}

Deno.test("createIngestAnswer() tells what became of the lines", async () => {
  const { answer, taken } = makeAnswer();
  const [status, json] = await read(
    answer(post(`${PATH}?service=shop`), from(bodyOf("ok 1\nb", "ad\nok"))),
  );
  assertEquals([status, json], [200, {
    lines: 3,
    counted: 2,
    ignored: 0,
    stale: 0,
    refused: { format: 1 },
    first_refused: { line: 2, reason: "format" },
  }]);
  assertEquals(taken, ["shop: ok 1", "shop: bad", "shop: ok"]);
});

Deno.test("createIngestAnswer() answers 400 if no line is right, and 200 if there is none", async () => {
  const { answer } = makeAnswer();
  const [status, json] = await read(answer(post(), from(bodyOf("bad\n"))));
  assertEquals([status, json.error], [400, "no line is in the format of ACCESS_FORMAT"]);
  assertEquals(json.first_refused, { line: 1, reason: "format" });
  const [empty, none] = await read(answer(post(), from(bodyOf("\n"))));
  assertEquals([empty, none.lines, none.first_refused], [200, 0, null]);
});

Deno.test("createIngestAnswer() refuses before it reads what it cannot take", async () => {
  for (
    const [path, headers, status, error] of [
      [PATH, { "content-encoding": "gzip" }, 415, "the body is compressed: want it as it is"],
      [
        PATH,
        { "content-type": "multipart/form-data; boundary=x" },
        415,
        "the body holds no lines: want text or JSON, line by line",
      ],
      [
        PATH,
        { "content-type": "application/x-protobuf" },
        415,
        "the body holds no lines: want text or JSON, line by line",
      ],
      [`${PATH}?a=b`, {}, 400, 'Bad parameter a: got "b", want the parameter service'],
      [
        `${PATH}?service=a&service=b`,
        {},
        400,
        'Bad parameter service: got "b", want the parameter service, once',
      ],
      [`${PATH}?service=`, {}, 400, 'Bad parameter service: got "", want 1 to 64 characters'],
      [
        `${PATH}?service=%1b`,
        {},
        400,
        'Bad parameter service: got "\x1b", want 1 to 64 characters',
      ],
    ] as const
  ) {
    const { answer, taken } = makeAnswer();
    const [given, json] = await read(answer(post(path, headers), from(bodyOf("ok\n"))));
    assertEquals([given, json.error, taken], [status, error, []], path);
  }
  const { answer } = makeAnswer();
  const [status, json] = await read(answer(post(), REMOTE));
  assertEquals([status, json.error], [
    411,
    "no body: want Content-Length or Transfer-Encoding: chunked",
  ]);
  const gzip = await answer(post(PATH, { "content-encoding": "GZIP" }), from(bodyOf()));
  assertEquals([gzip.status, gzip.headers.get("accept-encoding")], [415, "identity"]);
  const off = makeAnswer({ views: undefined });
  const [code, reply] = await read(off.answer(post(), from(bodyOf("ok\n"))));
  assertEquals([code, reply.error], [
    404,
    "access analytics is off: set ACCESS_LISTEN or ACCESS_INGEST",
  ]);
});

Deno.test("createIngestAnswer() takes lines whatever text they are said to be", async () => {
  for (
    const type of [
      "text/plain",
      "application/x-ndjson",
      "application/json",
      "application/x-www-form-urlencoded",
      "application/octet-stream",
    ]
  ) {
    const { answer, taken } = makeAnswer();
    const headers = { "content-type": type, "content-encoding": "identity" };
    assertEquals((await answer(post(PATH, headers), from(bodyOf("ok\n")))).status, 200);
    assertEquals(taken.length, 1);
  }
});

Deno.test("createIngestAnswer() tells what was counted before a body broke off", async () => {
  const { answer } = makeAnswer();
  const fault = new BodyFault(413, "it has more than 10 bytes");
  const [status, json] = await read(answer(post(), from(bodyOf("ok\nok\no", fault))));
  assertEquals([status, json.error, json.counted, json.lines], [
    413,
    "cannot read the body: it has more than 10 bytes",
    2,
    3,
  ]);
});

Deno.test("createIngestAnswer() reads no more bodies at once than permitted", async () => {
  const { answer } = makeAnswer({ maxBodies: 1 });
  const waiting = Promise.withResolvers<undefined>();
  const first = answer(post(), from({ read: () => waiting.promise } as RequestBody));
  // No body is evicted for another address.
  const busy = await answer(post(), from(bodyOf("ok\n"), "192.0.2.2"));
  assertEquals([busy.status, busy.headers.get("retry-after")], [503, "1"]);
  waiting.resolve(undefined);
  assertEquals((await first).status, 200);
  assertEquals((await answer(post(), from(bodyOf("ok\n")))).status, 200);
});

Deno.test("createIngestAnswer() reads no more bodies of one address than permitted", async () => {
  const { answer } = makeAnswer();
  const waiting = Promise.withResolvers<undefined>();
  const send = (hostname: string, body = { read: () => waiting.promise } as RequestBody) =>
    answer(post(), from(body, hostname));
  const crowd = ["2001:db8::1", "2001:db8::2", "2001:db8::1", "2001:db8::2"].map((each) =>
    send(each)
  );
  const [status, { error }] = await read(send("2001:db8::3", bodyOf("ok\n")));
  assertEquals([status, error], [
    503,
    "too many bodies at once: at most 8 are read, 4 of one address",
  ]);
  assertEquals((await send("192.0.2.1", bodyOf("ok\n"))).status, 200);
  waiting.resolve(undefined);
  await Promise.all(crowd);
  assertEquals((await send("2001:db8::3", bodyOf("ok\n"))).status, 200);
});

/** What a client gets that sends a text to the whole program. */
async function talk(text: string, options: Parameters<typeof makeHandler>[0] = {}) {
  const socket = new FakeSocket();
  const handler = makeHandler(options);
  const connection = new Connection(socket, {
    hostname: "127.0.0.1",
    isTls: false,
    handler,
    now: new FakeClock().now,
    date: () => "NOW",
    yieldTurn: () => undefined,
    buffers: { take: () => Promise.resolve(new Uint8Array(65_536)), give: () => {} },
  });
  const finished = connection.run();
  await socket.send(text);
  for (let turns = 0; turns < 50; turns++) await settle();
  await socket.end();
  await finished;
  return socket.received;
}

const HEAD = `POST ${PATH} HTTP/1.1\r\nHost: x\r\n`;

Deno.test("POST /analytics/ingest takes a body, and no request that is hidden in one", async () => {
  const next = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (
    const [text, statuses] of [
      [`${HEAD}Content-Length: 3\r\n\r\nok\n`, [200]],
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n`, [200]],
      // Two ends of the body, or none that all programs see.
      [`${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${next}`, [400]],
      [`${HEAD}Content-Length: 3\r\nContent-Length: 40\r\n\r\nok\n${next}`, [400]],
      [`${HEAD}Content-Length: 3, 40\r\n\r\nok\n${next}`, [400]],
      [`${HEAD}Content-Length: 3\r\n 40\r\n\r\nok\n${next}`, [400]],
      [`${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${next}`, [400]],
      [`${HEAD}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${next}`, [400]],
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\n3;x\r\nok\n\r\n0\r\n\r\n${next}`, [400]],
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\n03\nok\n\r\n0\r\n\r\n${next}`, [400]],
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nX: ${next}`, [400]],
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n${next}`, [400]],
      // More than the body: the connection ends after its answer.
      [`${HEAD}Content-Length: 3\r\n\r\nok\n${next}`, [200]],
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${next}`, [200]],
      [`${HEAD}\r\n${next}`, [411]],
      [`${HEAD}Content-Length: 99999999999\r\n\r\n${next}`, [413]],
      [`${HEAD}Content-Length: 9\r\n\r\nok\n`, [400]],
      // A body where none is taken is not read.
      [`${next.replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n")}ok\n${next}`, [200]],
    ] as const
  ) {
    const received = await talk(text);
    const given = [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    assertEquals(given, [...statuses], JSON.stringify(text));
  }
});

Deno.test("POST /analytics/ingest reads no body before it has authenticated the client", async () => {
  const views = fakeViews();
  let opened = 0;
  const analytics = views.analytics && {
    ...views.analytics,
    openIntake: (service: string | undefined) => {
      opened++;
      return fakeIntake([], service);
    },
  };
  const options = { views: { ...views, analytics }, metricsToken: new Secret(TOKEN) };
  const rest = "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  const refused = await talk(`${HEAD}${rest}`, options);
  assertStringIncludes(refused, "HTTP/1.1 401 ");
  assertEquals([refused.includes(" 100 "), opened], [false, 0]);
  const taken = await talk(`${HEAD}Authorization: Bearer ${TOKEN}\r\n${rest}ok\n`, options);
  assertStringIncludes(taken, "HTTP/1.1 200 ");
  assertEquals(opened, 1);
});

Deno.test("POST /analytics/ingest is for this machine alone where there is no token", async () => {
  const body = () => bodyOf("ok\n");
  const open = makeHandler();
  for (
    const [hostname, status] of [["127.0.0.1", 200], ["::1", 200], ["192.0.2.1", 403]] as const
  ) {
    assertEquals((await open(post(), { hostname, body: body() })).status, status, hostname);
  }
  const forwarded = { hostname: "127.0.0.1", isForwarded: true };
  assertEquals((await open(post(), { ...forwarded, body: body() })).status, 403);
  const guarded = makeHandler({ metricsToken: new Secret(TOKEN) });
  const bearer = { authorization: `Bearer ${TOKEN}` };
  for (const remote of [REMOTE, forwarded]) {
    assertEquals((await guarded(post(PATH, bearer), { ...remote, body: body() })).status, 200);
  }
});

Deno.test("POST /analytics/ingest takes nothing that another site makes a browser send", async () => {
  const handle = makeHandler();
  const own = { "x-requested-with": "tsmetrics" };
  for (
    const [headers, status] of [
      [{}, 200],
      [{ origin: "http://evil.example" }, 403],
      [{ "sec-fetch-site": "cross-site" }, 403],
      [{ origin: "http://127.0.0.1:9100", ...own }, 200],
    ] as const
  ) {
    const remote = { hostname: "127.0.0.1", body: bodyOf("ok\n") };
    assertEquals((await handle(post(PATH, headers), remote)).status, status);
  }
  const got = await handle(new Request(`http://127.0.0.1:9100${PATH}`), REMOTE);
  assertEquals([got.status, got.headers.get("allow")], [405, "POST"]);
});

function line(path: string): string {
  return `192.0.2.1 - - [01/Feb/2026:00:00:00 +0000] "GET ${path} HTTP/1.1" 200 10`;
}

Deno.test("POST /analytics/ingest refuses a line of 1 MB, counts it, and takes the next", async () => {
  const analytics = makeAnalytics();
  const long = "x".repeat(1_048_576);
  const { records, report } = await ingest(analytics, [
    line("/a"),
    line(`/${long}`),
    `{"remote_addr":"192.0.2.1","status":200,"uri":"/${long}"}`,
    line("/b"),
  ]);
  assertEquals([report.lines, report.counted, report.refused], [4, 2, { too_long: 2 }]);
  assertEquals(report.first_refused, { line: 2, reason: "too_long" });
  assertEquals(analytics.access.metrics.linesOf("too_long"), 2);
  assertEquals(records.map(({ path }) => path).sort(), ["/a", "/b"]);
});

Deno.test("POST /analytics/ingest believes the login of Tailscale Serve, from trusted proxies only", async () => {
  const login = "alice@example.com";
  for (const [server, write] of Object.entries(LOGIN_LINES)) {
    const format = server === "text" && {
      ACCESS_FORMAT: '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent ' +
        '"$http_x_forwarded_for" "$http_tailscale_user_login"',
    };
    for (
      const [trusted, address, user, userClass, ip] of [
        ["127.0.0.1", "127.0.0.1", login, "own", "100.64.0.3"],
        // A client that sends the header itself, to a web server that it reaches directly.
        ["127.0.0.1", "100.64.0.2", WHOIS.user?.loginName, "own", "100.64.0.2"],
        ["127.0.0.1", "192.0.2.1", null, "external", "192.0.2.1"],
        [undefined, "127.0.0.1", null, "server", "127.0.0.1"],
      ] as const
    ) {
      const analytics = makeAnalytics({
        ...format,
        ...trusted !== undefined && { ACCESS_TRUSTED_PROXIES: trusted },
      });
      const { records, report } = await ingest(analytics, [write(address, "100.64.0.3", login)]);
      const [record] = records;
      assertEquals(
        [report.counted, record?.user, record?.user_class, record?.ip],
        [1, user, userClass, ip],
        `${server}, ${address}, trusted: ${trusted}`,
      );
    }
  }
});
