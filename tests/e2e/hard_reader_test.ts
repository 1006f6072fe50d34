import { assert, assertEquals } from "@std/assert";
import { unreadRequests } from "./_http2_client.ts";
import { Program } from "./_program.ts";

const MEGABYTE = 1e6;
const TOKEN = "0123456789abcdef-token";

/** What the program may take more than before, whatever is done to its port. */
const MOST_MORE = 36 * MEGABYTE;

interface Attack {
  /** What is done. */
  readonly name: string;
  /** How many connections do it. */
  readonly connections: number;
  /** What each sends. */
  readonly bytes: Uint8Array<ArrayBuffer>;
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
];

async function hurt({ name, connections, bytes }: Attack): Promise<void> {
  await using program = await Program.start({
    TEST_DEVICES: "gateway-1,gateway-2",
    METRICS_TOKEN: TOKEN,
    RATE_LIMIT_RPS: "1000",
    RATE_LIMIT_BURST: "1000",
  });
  await program.untilStarted();
  // what the first answers load and compile is no part of it
  for (let count = 0; count < 50; count++) {
    await program.text("/metrics", { authorization: `Bearer ${TOKEN}` });
  }
  const beforeBytes = await program.peakBytes();
  const open: Deno.TcpConn[] = [];
  try {
    for (let count = 0; count < connections; count++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: program.port });
      open.push(connection);
      // refused before all of it was sent, as it may be
      connection.write(bytes).catch(() => {});
      if (count % 50 !== 49) continue;
      assertEquals(JSON.parse(await program.text("/livez")).status, "ok", name);
    }
    const page = await program.get("/metrics", { authorization: `Bearer ${TOKEN}` });
    assertEquals([page.status, (await page.text()).length > 1_000], [200, true], name);
  } finally {
    for (const connection of open) connection.close();
  }
  const moreBytes = await program.peakBytes() - beforeBytes;
  assert(moreBytes < MOST_MORE, `${name}: ${moreBytes / MEGABYTE} MB more`);
  assertEquals((await program.stop()).code, 0);
}

for (const attack of ATTACKS) {
  Deno.test(`Program keeps its memory, and answers, beside ${attack.name}`, async () => {
    await hurt(attack);
  });
}
