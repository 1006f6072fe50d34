import { assert, assertEquals, assertMatch } from "@std/assert";
import { fixtureText } from "../_support/fixture.ts";
import { unreadRequests } from "./_http2_client.ts";
import { Program } from "./_program.ts";

const MEGABYTE = 1e6;
const TOKEN = "0123456789abcdef-token";

/** What the program may take more than before, whatever is done to its port. */
const MOST_MORE = 36 * MEGABYTE;

/** The same with TLS, of which each connection has buffers of its own. */
const MOST_MORE_TLS = 80 * MEGABYTE;

const CA_CERTS = [fixtureText("tls/ca.pem")];
const TLS = {
  TLS_CERT_PEM: fixtureText("tls/cert.pem"),
  TLS_KEY_PEM: fixtureText("tls/key.pem"),
};

interface Attack {
  /** What is done. */
  readonly name: string;
  /** How many connections do it. */
  readonly connections: number;
  /** What each sends. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it is done over TLS. Default: false. */
  readonly isTls?: boolean;
  /** Requests a second that the program takes of an address. Default: 1,000. */
  readonly rate?: number;
  /** Whether unread scrapes fill the bound, so that others are refused. Default: false. */
  readonly fillsBound?: boolean;
}

const encoder = new TextEncoder();

const ATTACKS: readonly Attack[] = [
  ...["/health", "/metrics", "/nope"].map((path) => ({
    name: `HTTP/2, 200 unread ${path}`,
    connections: 150,
    bytes: unreadRequests(path, 200, 0),
  })),
  {
    name: "HTTP/2, 400 headers a request",
    connections: 150,
    bytes: unreadRequests("/health", 200, 400),
  },
  {
    name: "half heads of 60 KB",
    connections: 700,
    bytes: encoder.encode(`GET /metrics HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(60_000)}`),
  },
  {
    name: "requests ahead of answers",
    connections: 150,
    bytes: encoder.encode("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000)),
  },
  ...[false, true].map((isTls) => ({
    name: `unread metrics${isTls ? " over TLS" : ""}`,
    connections: 150,
    bytes: encoder.encode(
      `GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`.repeat(2_000),
    ),
    isTls,
    // none is refused, so that each connection ends up in an answer that is not read
    rate: 100_000,
    fillsBound: true,
  })),
];

/** Opens a connection that sends, and reads nothing. */
async function attack(port: number, { bytes, isTls = false }: Attack): Promise<Deno.Conn> {
  const connection = isTls
    ? await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: CA_CERTS })
    : await Deno.connect({ hostname: "127.0.0.1", port });
  // refused before all of it was sent, as it may be
  connection.write(bytes).catch(() => {});
  return connection;
}

async function hurt(hurting: Attack): Promise<void> {
  const { connections, fillsBound = false, isTls = false, name, rate = 1_000 } = hurting;
  await using program = await Program.start({
    TEST_DEVICES: "gateway-1,gateway-2",
    METRICS_TOKEN: TOKEN,
    RATE_LIMIT_RPS: `${rate}`,
    RATE_LIMIT_BURST: `${rate}`,
    ...isTls && TLS,
  });
  using client = Deno.createHttpClient({ caCerts: CA_CERTS });
  program.client = client;
  await program.untilStarted();
  // what the first answers load and compile is no part of it
  for (let count = 0; count < 50; count++) {
    await program.text("/metrics", { authorization: `Bearer ${TOKEN}` });
  }
  const beforeBytes = await program.peakBytes();
  const open: Deno.Conn[] = [];
  try {
    for (let count = 0; count < connections; count++) {
      open.push(await attack(program.port, hurting));
      if (count % 50 !== 49) continue;
      assertEquals(JSON.parse(await program.text("/livez")).status, "ok", name);
    }
    const page = await program.get("/metrics", { authorization: `Bearer ${TOKEN}` });
    const text = await page.text();
    if (fillsBound && page.status === 503) {
      assertMatch(text, /too many (?:scrapes at once|unread responses)/, name);
    } else {
      assertEquals([page.status, text.length > 1_000], [200, true], name);
    }
  } finally {
    for (const connection of open) connection.close();
  }
  const moreBytes = await program.peakBytes() - beforeBytes;
  const most = isTls ? MOST_MORE_TLS : MOST_MORE;
  assert(moreBytes < most, `${name}: ${moreBytes / MEGABYTE} MB more`);
  assertEquals((await program.stop()).code, 0);
}

for (const hurting of ATTACKS) {
  Deno.test(`Program keeps its memory, and answers, beside ${hurting.name}`, async () => {
    await hurt(hurting);
  });
}
