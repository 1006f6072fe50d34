import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  ApiError,
  BASE_URL_SETTING,
  ConfigError,
  describeError,
  describeFetchError,
  ScrapeError,
  tlsAdvice,
} from "../src/errors.ts";

Deno.test("ConfigError holds each fault and says all of them", () => {
  const error = new ConfigError(["Cannot use A: x.", "Cannot use B: y."]);
  assertEquals(error.faults, ["Cannot use A: x.", "Cannot use B: y."]);
  assertEquals(`${error}`, "ConfigError: Cannot use A: x.\nCannot use B: y.");
});

Deno.test("ApiError keeps the kind of failure, the status and the cause", () => {
  const cause = new TypeError("inner");
  const error = new ApiError("forbidden", "outer", { status: 403, cause });
  assertEquals([error.failure, error.status, error.cause], ["forbidden", 403, cause]);
  assertEquals(`${error}`, "ApiError: outer");
  assertEquals(new ApiError("network", "x").status, undefined);
});

Deno.test("ScrapeError keeps the kind of failure, the status and the cause", () => {
  const cause = new TypeError("inner");
  const error = new ScrapeError("status", "outer", { status: 500, cause });
  assertEquals([error.failure, error.status, error.cause], ["status", 500, cause]);
  assertEquals(`${error}`, "ScrapeError: outer");
  assertEquals(new ScrapeError("refused", "x").status, undefined);
});

function chain(...messages: readonly string[]): Error | undefined {
  return messages.reduceRight<Error | undefined>(
    (cause, message) => new Error(message, { cause }),
    undefined,
  );
}

const DESCRIPTIONS: readonly (readonly [name: string, error: unknown, text: string])[] = [
  ["an error", new Error("one"), "one"],
  ["causes, outermost first", chain("one", "two", "three"), "one: two: three"],
  ["what was said already", chain("one: two", "two", "three"), "one: two: three"],
  [
    "what a cause tells in more detail",
    chain("fetch failed", "fetch failed: refused"),
    "fetch failed: refused",
  ],
  [
    "a clause that a cause tells in more detail",
    chain("Cannot ask a: connection refused", "connection refused (os error 111)"),
    "Cannot ask a: connection refused (os error 111)",
  ],
  ["short words as they are", chain("Cannot ask: a", "bad port"), "Cannot ask: a: bad port"],
  ["at most five", chain("a", "b", "c", "d", "e", "f"), "a: b: c: d: e"],
  ["an error without a message", new TypeError(), "TypeError"],
  ["line ends and blanks", new Error(" a\r\n\tb "), "a b"],
  ["a string", "plain", "plain"],
  ["a cause that is no error", new Error("one", { cause: "two" }), "one: two"],
  ["a number", 7, "7"],
  ["undefined", undefined, "unknown error"],
  ["null", null, "unknown error"],
  ["an empty string", "", "unknown error"],
];
for (const [name, error, text] of DESCRIPTIONS) {
  Deno.test(`describeError() tells ${name}`, () => assertEquals(describeError(error), text));
}

Deno.test("describeError() gives one line and never nothing", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" })), (messages) => {
    const text = describeError(chain(...messages));
    assert(text !== "" && !/[\r\n]/.test(text), text);
  }));
});

Deno.test("describeError() ends on causes that go round in a circle", () => {
  const a = new Error("a");
  const b = new Error("b", { cause: a });
  a.cause = b;
  assertEquals(describeError(a), "a: b");
});

Deno.test("describeFetchError() gives the innermost words without the address", () => {
  const cause = new Error("client error (Connect): no route to https://api.example:443/x");
  const error = new TypeError("error sending request", { cause });
  assertEquals(describeFetchError(error), "no route to the address");
});

Deno.test("describeFetchError() tells a server without TLS, and one with it, as they are", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(""),
  );
  const plain = await assertRejects(() => fetch(`https://127.0.0.1:${server.addr.port}/`));
  assertEquals(
    describeFetchError(plain),
    "the server does not speak TLS (received corrupt message of type InvalidContentType)",
  );
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const failing = assertRejects(() => fetch(`http://127.0.0.1:${listener.addr.port}/`));
  using connection = await listener.accept();
  await connection.read(new Uint8Array(1024));
  // What a server of TLS sends to a client without: an alert.
  await connection.write(new Uint8Array([0x15, 3, 1, 0, 2, 2, 70]));
  const secured = await failing;
  assertEquals(
    describeFetchError(secured),
    "the server does not speak HTTP (invalid HTTP version parsed)",
  );
});

Deno.test("tlsAdvice() helps by the kind of fault, and with nothing else", () => {
  const authority = "give the certificate of its authority in TLS_CA_PEM";
  // What Deno 2.9.6 says of real servers, but for BadSignature and Revoked.
  for (
    const [reason, advice] of [
      ["invalid peer certificate: UnknownIssuer", authority],
      ["invalid peer certificate: BadSignature", authority],
      [
        "invalid peer certificate: certificate expired: verification time 1796006978 (UNIX), but " +
        "certificate is not valid after 1609459200 (186547778 seconds ago)",
        "renew its certificate, or correct the clock of this machine",
      ],
      [
        "invalid peer certificate: certificate not valid yet: verification time 1796006978 " +
        "(UNIX), but certificate is not valid before 1893456000 (97449022 seconds in future)",
        "correct the clock of this machine, or the dates of its certificate",
      ],
      [
        'invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is ' +
        'only valid for DnsName("localhost")',
        "use a name that its certificate has in INFLUX_URL",
      ],
      [
        "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
        "give it a certificate that is not that of an authority itself",
      ],
      [
        "received fatal alert: CertificateRequired",
        "it wants a client certificate, and tsmetrics has none",
      ],
      [
        "invalid peer certificate: Revoked",
        "check its certificate, and the host in INFLUX_URL",
      ],
      [
        "the server does not speak TLS (received corrupt message of type InvalidContentType)",
        "check the port in INFLUX_URL, HTTPS_PROXY, and that no captive portal answers; or, if " +
        "that server has no TLS and you trust the network to it, begin INFLUX_URL with http://",
      ],
      [
        "the server does not speak HTTP (invalid HTTP version parsed)",
        "begin INFLUX_URL with https:// if the server has TLS",
      ],
      ["tcp connect error: Connection refused (os error 111)", undefined],
    ] as const
  ) assertEquals(tlsAdvice(reason, "INFLUX_URL"), advice, reason);
});

Deno.test("tlsAdvice() never advises to send the API's secret without TLS", () => {
  assertEquals(
    tlsAdvice("the server does not speak TLS (corrupt message)", "TAILSCALE_API_URL"),
    "check the port in TAILSCALE_API_URL, HTTPS_PROXY, and that no captive portal answers",
  );
  assertEquals(
    tlsAdvice("the server does not speak TLS (corrupt message)", BASE_URL_SETTING),
    "check the port in the baseURL of TS_AUTHKEY, HTTPS_PROXY, and that no captive portal answers",
  );
});

Deno.test("tlsAdvice() names no setting where the address is fixed", () => {
  const portal = "check HTTPS_PROXY, and that no captive portal answers";
  for (
    const [reason, advice] of [
      ["the server does not speak TLS (corrupt message)", portal],
      ['invalid peer certificate: certificate not valid for name "api.tailscale.com"', portal],
      ["invalid peer certificate: Revoked", portal],
      [
        "invalid peer certificate: UnknownIssuer",
        "give the certificate of its authority in TLS_CA_PEM",
      ],
      ["tcp connect error: Connection refused (os error 111)", undefined],
    ] as const
  ) assertEquals(tlsAdvice(reason), advice, reason);
});
