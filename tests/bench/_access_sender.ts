/**
 * Sends lines of access logs over TCP: as many as a busy web server writes, or more than the
 * program's queue can take.
 *
 * @module
 */

import { sleep } from "./_process.ts";

/** Lines a second, sent in this many parts. */
const RATE = 20_000;
const PARTS = 20;

/** Connections of a flood: all that the program takes. */
const FLOODS = 64;

/** Sends lines at the rate, and waits where the program does not keep up; returns their number. */
export async function send(
  port: number,
  addresses: readonly string[],
  seconds: number,
): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const encoder = new TextEncoder();
  const startMs = performance.now();
  let sent = 0;
  for (let part = 0; part < seconds * PARTS; part++) {
    let text = "";
    for (let at = 0; at < RATE / PARTS; at++, sent++) text += lineOf(sent, addresses);
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    await sleep(Math.max(0, startMs + (part + 1) * 1000 / PARTS - performance.now()));
  }
  connection.close();
  return sent;
}

/** Sends as many lines, but short ones, all at once and by all connections. */
export async function flood(
  port: number,
  addresses: readonly string[],
  seconds: number,
): Promise<number> {
  const count = Math.ceil(RATE * seconds / FLOODS);
  const text = Array.from({ length: count }, (_, at) => {
    const address = addresses[at % addresses.length] ?? "";
    return `${address} - - [${logTime()}] "GET / HTTP/1.1" 200\n`;
  }).join("");
  const bytes = new TextEncoder().encode(text);
  await Promise.all(Array.from({ length: FLOODS }, async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  }));
  return count * FLOODS;
}

/** Now, as access logs have it. */
function logTime(): string {
  return new Date().toUTCString().replace(/^..., (..) (...) (....) (.*) GMT$/, "$1/$2/$3:$4") +
    " +0000";
}

function lineOf(number: number, addresses: readonly string[]): string {
  const address = addresses[number % addresses.length] ?? "";
  return `<190>Oct 21 14:32:15 web shop: ${address} - - [${logTime()}] ` +
    `"GET /api/items/${number % 997}?page=1 HTTP/1.1" 200 5120 "-" ` +
    `"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" 0.005\n`;
}
