/**
 * A server on the loopback that accepts no connection until two attempts wait: its queue is full,
 * so the system drops each SYN. Then it takes both, and prints how many bytes each of them sent.
 *
 *     deno run -A tests/e2e/_deaf_server.ts PORT
 *
 * @module
 */

import { until } from "../_support/until.ts";

const port = Number(Deno.args[0]);

/** The ports of those that wait for an answer of ours. Source: proc_net_tcp(5), SYN_SENT is 02. */
async function waiting(): Promise<readonly string[]> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const waits = new RegExp(`^ *\\d+: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:${hex} 02 `, "gm");
  const table = await Deno.readTextFile("/proc/net/tcp");
  return [...table.matchAll(waits)].map(([, from = ""]) => from);
}

async function receive(conn: Deno.TcpConn): Promise<number> {
  let size = 0;
  try {
    for await (const bytes of conn.readable) size += bytes.length;
  } catch {
    // reset, which is a way to close
  }
  return size;
}

const tcpBacklog = 1;
const listener = Deno.listen({ hostname: "127.0.0.1", port, tcpBacklog });
// The system queues one more than it was asked for.
const own = await Promise.all(
  Array.from({ length: tcpBacklog + 1 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
);
const ports = await until("two attempts", async () => {
  const ports = await waiting();
  return ports.length >= 2 && ports;
});
for (const _ of own) (await listener.accept()).close();
const attempts = [await listener.accept(), await listener.accept()];
const received = await Promise.all(attempts.map(receive));
for (const conn of own) conn.close();
console.log(JSON.stringify({ attempts: ports.length, received: received.sort((a, b) => a - b) }));
Deno.exit(0);
