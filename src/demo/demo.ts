/**
 * The demo tailnet on one loopback port: the API for requests to the port itself, the devices for
 * all others, be they sent as to a proxy or as to the device. The caller opens the port and shows
 * that this is a demo.
 *
 * @module
 */

import type { TellPast } from "../history/mod.ts";
import { Secret } from "../secret/secret.ts";
import { DemoApi } from "./api_server.ts";
import { isFleet, planDevices } from "./fleet.ts";
import { Hold } from "./hold.ts";
import { answerLocally, LOCAL_HOST } from "./local_server.ts";
import { hexDigits, STREAM } from "./random.ts";
import { SimulatedTailnet } from "./simulated_tailnet.ts";
import { answerForDevice, type PortState, portState } from "./web_client.ts";

/** What answers a request to the demo's port. */
export type DemoHandler = (request: Request) => Response | Promise<Response>;

/** An open loopback port. */
export interface Listening {
  /** The port that was free. */
  readonly port: number;
  /** Ends the connections and closes the port. */
  shutdown(): Promise<void>;
}

/** Opens a port on 127.0.0.1 and hands it what answers there. */
export type Listen = (handler: DemoHandler) => Listening | Promise<Listening>;

/** Options for {@linkcode startDemo}. */
export interface DemoOptions {
  /** Entries of `TEST_DEVICES`: names, or "demo", or "demo:N". */
  readonly devices: readonly string[];
  /** Seed of all randomness. Default: 1. */
  readonly seed?: number;
  /** Wall clock, in milliseconds since 1970. Default: the system's. */
  readonly now?: () => number;
  /** Latency of a device, in milliseconds. Default: 0. */
  readonly latencyMs?: number;
  /** Opens the port. */
  readonly listen: Listen;
}

/** A running demo, and all that a client of the real thing would have to be told. */
export interface Demo {
  /** Base of the API, its path included. */
  readonly apiUrl: URL;
  /** The HTTP proxy to the devices, for clients that take one. */
  readonly proxyUrl: string;
  /** The port that answers for each device's open port, by the `Host` of the request. */
  readonly devicePort: number;
  /** What a connection to a device's address meets. */
  readonly portState: (host: string, port: number) => PortState;
  /** What to call the tailnet. */
  readonly tailnet: "-";
  /** OAuth client. */
  readonly clientId: string;
  /** Its secret; worth nothing anywhere else. */
  readonly clientSecret: Secret;
  /** Number of devices now. */
  readonly deviceCount: number;
  /** The LocalAPI of its host behind a forward; undefined if it has no host. */
  readonly localApiUrl: URL | undefined;
  /** Tells what happened before the start. */
  readonly tellPast: TellPast;
  /** Tells who used its services, as lines of access logs; undefined if nothing did. */
  readonly tellVisits: ((fromMs: number, untilMs: number) => Iterable<string>) | undefined;
  /** The model behind it, with the controls for tests and benches. */
  readonly model: SimulatedTailnet;
  /** Releases all hanging requests and closes the port. */
  shutdown(): Promise<void>;
}

/** Maximum number of devices of a fleet that has a past, visitors and a host. */
const MAX_WHOLE = 1_000;

/** What a client uses as the host of the demo's own port. */
const OWN_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Starts a demo tailnet.
 *
 * The same seed and the same clock give the same answers, bytes and all.
 *
 * @throws {RangeError} If `devices` asks for nothing, or for a fleet of a size that is not allowed.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { seed = 1, now = Date.now, latencyMs = 0, listen } = options;
  const model = new SimulatedTailnet({ devices: planDevices(options.devices, seed), seed, now });
  // Single devices are asked for by those who want nothing but them, a large fleet to be measured.
  const isWhole = isFleet(options.devices) && model.size <= MAX_WHOLE;
  const clientId = `k${hexDigits(8, seed, STREAM.session)}CNTRL`;
  const clientSecret = new Secret(
    ["tskey", "client", clientId, hexDigits(32, seed, STREAM.session, 1)].join("-"),
  );
  const hold = new Hold();
  const api = new DemoApi({ tailnet: model, clientSecret, now, hold });
  const host = isWhole ? model.openHost() : undefined;
  const local = host && {
    host,
    page: () => model.page(model.devices()[0]?.id ?? ""),
    hold,
  };
  const listening = await listen((request) => {
    // A request in absolute form keeps its target in `url`: that is the proxy being used.
    const url = new URL(request.url);
    if (local !== undefined && url.hostname === LOCAL_HOST) {
      return answerLocally(request, url, local);
    }
    return OWN_HOSTS.has(url.hostname)
      ? api.answer(request, url)
      : answerForDevice(request, url, { tailnet: model, hold, latencyMs });
  });
  const origin = `http://127.0.0.1:${listening.port}`;
  return {
    apiUrl: new URL(`${origin}/api/v2`),
    proxyUrl: origin,
    devicePort: listening.port,
    portState: (host, port) => portState(model, host, port),
    tailnet: "-",
    clientId,
    clientSecret,
    model,
    localApiUrl: host && new URL(origin),
    tellPast: (fromMs, untilMs) => isWhole ? model.past(fromMs, untilMs) : undefined,
    tellVisits: isWhole ? (fromMs, untilMs) => model.visits(fromMs, untilMs) : undefined,
    get deviceCount() {
      return model.size;
    },
    async shutdown() {
      hold.release();
      await listening.shutdown();
    },
  };
}
