/**
 * The demo tailnet as a process of its own, every device at an address of its own: Linux takes all
 * of 127.0.0.0/8 for this machine, so 100.64.0.7 is 127.64.0.7 here. Started by `_process.ts`.
 *
 *     deno run --allow-net tests/bench/_simulator.ts OPTIONS
 *
 * OPTIONS are {@linkcode SimulatorOptions} as JSON. Writes one line of JSON,
 * {@linkcode SimulatorFacts}, and runs until it is killed.
 *
 * @module
 */

import { startDemo } from "../../src/demo/mod.ts";

/** What a simulator is told. */
export interface SimulatorOptions {
  /** Devices of the demo; about three of four answer. */
  readonly devices: number;
  /** Latency of each. Default: 0. */
  readonly latencyMs?: number;
  /** Percentage of the devices that hang instead of answering. Default: 0. */
  readonly hangingPercent?: number;
  /** Whether pages come in chunks, as tailscaled sends them, not with their length ahead. */
  readonly isChunked?: boolean;
  /** Whether as many devices are added as do not answer, so that all do. Default: false. */
  readonly isFull?: boolean;
  /** Percentage of the devices that each device list replaces. Default: 0. */
  readonly churnPercent?: number;
}

/** A running simulator, for the process that started it. */
export interface SimulatorFacts {
  /** The port of the API, and of every device. */
  readonly port: number;
  /** OAuth client. */
  readonly clientId: string;
  /** Its secret, worth nothing anywhere else. */
  readonly clientSecret: string;
  /** How many devices answer with a page. */
  readonly answering: number;
  /** The ids of the devices that are listed. */
  readonly ids: readonly string[];
}

/** The size that Go's server cuts its chunks to. */
const CHUNK_BYTES = 2048;

const options: SimulatorOptions = JSON.parse(Deno.args[0] ?? '{"devices":100}');
const { devices, latencyMs = 0, hangingPercent = 0, churnPercent = 0 } = options;
const { isChunked = false, isFull = false } = options;

/** Those that the API lists. */
const listed = new Set<string>();

/**
 * Device lists as they are here: the API speaks of 100.64.0.0/10, which is no address of this
 * machine, and of devices that are offline or out of order, which no row asks for.
 */
async function withLocalAddresses(response: Response): Promise<Response> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) return response;
  const answer = await response.json() as { devices?: readonly { readonly id: string }[] };
  if (answer.devices !== undefined) {
    answer.devices = answer.devices.filter(({ id }) => listed.has(id));
  }
  const text = JSON.stringify(answer).replaceAll(/"100\.(?=\d+\.\d+\.\d+")/g, '"127.');
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return new Response(text, { status: response.status, headers });
}

/** Whether a device answers, at an address that can be moved to this machine: one of IPv4. */
function isReachable(
  { addresses, isAnswering }: {
    readonly addresses: readonly string[];
    readonly isAnswering: boolean;
  },
): boolean {
  return isAnswering && addresses[0]?.startsWith("100.") === true;
}

/** The same answer without its length. */
async function inChunks(response: Response): Promise<Response> {
  const page = await response.bytes();
  let offset = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (offset >= page.length) return controller.close();
      controller.enqueue(page.subarray(offset, offset += CHUNK_BYTES));
    },
  });
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return new Response(body, { status: response.status, headers });
}

/** Those that have been listed longest go, and as many come that answer. */
function churn(): void {
  for (const id of [...listed].slice(0, Math.round(listed.size * churnPercent / 100))) {
    demo.model.remove(id);
    listed.delete(id);
    listed.add(addDevice(`churn-${++addedCount}`));
  }
}

/** Adds a device that answers; returns its id. */
function addDevice(name: string): string {
  const id = demo.model.add({ name, kind: "server" });
  demo.model.setOnline(id, true);
  return id;
}

let addedCount = 0;

const demo = await startDemo({
  devices: [`demo:${devices}`],
  latencyMs,
  listen: (handler) => {
    const server = Deno.serve({ hostname: "0.0.0.0", port: 0, onListen: () => {} }, (request) => {
      const { hostname, pathname } = new URL(request.url);
      if (hostname === "127.0.0.1") {
        if (pathname.endsWith("/devices")) churn();
        return Promise.resolve(handler(request)).then(withLocalAddresses);
      }
      const answer = handler(new Request(`http://100${hostname.slice(3)}:5252/metrics`));
      return isChunked ? Promise.resolve(answer).then(inChunks) : answer;
    });
    return { port: server.addr.port, shutdown: () => server.shutdown() };
  },
});

// Nothing is out of order but what the row asks for.
for (const { id } of demo.model.devices()) demo.model.setFault(id, undefined);
if (isFull) {
  const missing = demo.model.devices().filter((each) => !isReachable(each)).length;
  for (let at = 1; at <= missing; at++) addDevice(`more-${at}`);
}
const answering = demo.model.devices().filter(isReachable);
for (const { id } of answering) {
  listed.add(id);
  // By its own luck it would go offline now and then.
  demo.model.setOnline(id, true);
}
const hanging = answering.slice(0, Math.round(answering.length * hangingPercent / 100));
for (const { id } of hanging) demo.model.setFault(id, "hang");
const facts: SimulatorFacts = {
  port: Number(new URL(demo.proxyUrl).port),
  clientId: demo.clientId,
  clientSecret: demo.clientSecret.reveal(),
  answering: answering.length - hanging.length,
  ids: [...listed],
};
console.log(JSON.stringify(facts));
