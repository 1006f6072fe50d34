/**
 * Fetching a device's page on a kept connection: by `fetch`, by `node:http`, and straight.
 *
 * AMD EPYC, 2 vCPU shared with others, Deno 2.9.6. Processor time of our process alone, a Go server
 * in another one, 1,000 addresses, 50 at once, medians of 9 rounds, page of 3 KB:
 *
 * |                              | µs a page | in chunks | first round | RSS    |
 * |------------------------------|-----------|-----------|-------------|--------|
 * | scraper, `fetch`             | 113       | 118       | 317         | 172 MB |
 * | `fetch` and `bytes()` alone  | 102       | 111       | 269         | 149 MB |
 * | `node:http` alone            | 99        | 95        | 369         | 143 MB |
 * | scraper, DirectClient        | 38        | 46        | 209         | 96 MB  |
 * | sockets alone, no check      | 26        | 26        | 94          | 68 MB  |
 *
 * Conclusion: on a page this small three quarters of the cost are the clients' own; the straight
 * way takes a third of the time of `fetch`, most of it in the system's `send` and `recv`. What runs
 * here has the server in the same process and gives only the order.
 *
 * @module
 */

import { DirectClient } from "../../src/devices/direct.ts";
import { createScraper } from "../../src/devices/scrape.ts";
import { makeTarget } from "../devices/_device.ts";
import { fixtureBytes } from "../_support/fixture.ts";

const page = fixtureBytes("client/webclient.txt");
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () => new Response(page, { headers: { "content-type": "text/plain;version=0.0.4" } }),
);
server.unref();

const target = makeTarget(server.addr.port);
const limits = { timeoutMs: 10_000, maxBytes: 2_097_152 };
const client = Deno.createHttpClient({ poolMaxIdlePerHost: 1, http2: false });
const byFetch = createScraper({ client: () => client, ...limits });
const straight = createScraper({
  request: new DirectClient({ connect: Deno.connect }).request,
  ...limits,
});

Deno.bench("scraper, fetch", { group: "transport", baseline: true }, async () => {
  await byFetch(target);
});

Deno.bench("scraper, DirectClient", { group: "transport" }, async () => {
  await straight(target);
});
