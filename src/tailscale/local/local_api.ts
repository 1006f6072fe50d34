/**
 * The LocalAPI of a tailscaled, call by call: what it knows about peers, paths, users and itself,
 * and the few actions that mend a path. Where it is reached is the transport's business.
 *
 * @module
 */

import { addressVersion } from "../../cidr.ts";
import { joinText } from "../../json/body.ts";
import { LongBytes } from "../../json/long_bytes.ts";
import { type Caller, type CallerOptions, createCaller, type LocalCall } from "./call.ts";
import { decodeDerpMap, type DerpRegion } from "./derp_map.ts";
import { LocalApiError, type LocalFailure } from "./error.ts";
import { PeerMemory } from "./peer_memory.ts";
import { decodePing, type PingResult, type PingType } from "./ping_result.ts";
import { decodePrefs, encodePrefs, type Prefs, type PrefsEdit } from "./prefs.ts";
import { decodeStatus, type LocalStatus, type StatusOptions } from "./status.ts";
import type { LocalEndpoint, LocalRequest, LocalTransport } from "./transport.ts";
import { decodeWhois, type Whois } from "./whois.ts";

/** An action that mends; each needs the rights of root or of the operator. */
export type DebugAction =
  /** Opens magicsock's ports anew. */
  | "rebind"
  /** Asks the STUN servers again. */
  | "restun"
  /** Chooses a home DERP region again. */
  | "pick-new-derp"
  /** Closes the connections to DERP servers. */
  | "break-derp-conns"
  /** Closes all TCP connections. */
  | "break-tcp-conns"
  /** Asks the control plane for the whole network map. */
  | "force-netmap-update";

/** How a ping is sent. */
export interface PingOptions {
  /** The kind of packet. Default: disco. */
  readonly type?: PingType;
  /** Timeout in milliseconds, after which it is lost. Default: 5 s. */
  readonly timeoutMs?: number;
  /** Gives the ping up. */
  readonly signal?: AbortSignal | undefined;
}

/** A reading call whose answer is wanted unread; the parameters are the LocalAPI's own. */
export interface RawRequest extends Pick<LocalRequest, "query"> {
  /** What is asked. */
  readonly endpoint: "status" | "usermetrics" | "whois";
}

/**
 * A tailscaled. Every call but {@linkcode LocalApi.ping} has the timeout of the client. It fails
 * with a {@linkcode LocalApiError}, or with the signal's reason if the caller gave up.
 */
export interface LocalApi {
  /** Where it is asked: a path, or host and port. */
  readonly place: string;
  /** Whether it is the embedded node, whose paths are relayed for ever. */
  readonly isEmbedded: boolean;
  /** Whether it is our own node, which we log in, and which tells of its states itself. */
  readonly isOwnNode: boolean;
  /** Whether a call can be made; over a bridge only three can. */
  supports(endpoint: LocalEndpoint): boolean;
  /** The node and its peers. */
  status(options?: {
    readonly withPeers?: boolean;
    readonly signal?: AbortSignal | undefined;
  }): Promise<LocalStatus>;
  /**
   * The node behind an address, "100.64.0.2" or "127.0.0.1:51234".
   *
   * @returns undefined if tailscaled knows no node there.
   */
  whois(address: string, signal?: AbortSignal): Promise<Whois | undefined>;
  /** The page of documented metrics, as it is. */
  usermetrics(signal?: AbortSignal): Promise<Uint8Array>;
  /** The answer to a reading call byte for byte, for the bridge. */
  raw(request: RawRequest, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** The page of all metrics of the client; needs the rights of root or of the operator. */
  metrics(signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Pings a peer by one of its Tailscale addresses.
   *
   * @throws {TypeError} If it is no address.
   */
  ping(address: string, options?: PingOptions): Promise<PingResult>;
  /** The DERP regions by their number. */
  derpMap(signal?: AbortSignal): Promise<ReadonlyMap<number, DerpRegion>>;
  /** The settings. */
  prefs(signal?: AbortSignal): Promise<Prefs>;
  /** Changes settings; needs the rights of root or of the operator. */
  editPrefs(edit: PrefsEdit, signal?: AbortSignal): Promise<Prefs>;
  /** Does something that mends; needs the rights of root or of the operator. */
  debug(action: DebugAction, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back for each call that fails, however the caller takes it. A ping without an answer and
   * an address that tailscaled does not know are no failures, and a call that a bridge does not
   * offer is none that was made.
   */
  onFailure(listener: (failure: LocalFailure) => void): void;
  /** Ends every connection. */
  close(): void;
}

/** How a tailscaled is asked. */
export interface LocalApiOptions extends CallerOptions, StatusOptions {
  /** Sends the requests. */
  readonly transport: LocalTransport;
  /** Timeout of each call in milliseconds, its answer included. Default: 10 s. */
  readonly timeoutMs?: number;
  /** Whether it is our own node. Default: where it is the embedded one. */
  readonly isOwnNode?: boolean;
  /** Maximum bytes of a status. Default: 64 MiB, which 50,000 peers fit into. */
  readonly maxStatusBytes?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const RAW_DOING: Readonly<Record<RawRequest["endpoint"], string>> = {
  status: "read the status of tailscaled",
  usermetrics: "read the metrics of tailscaled",
  whois: "look up the node of an address",
};

/** A client of one tailscaled. */
export function createLocalApi(options: LocalApiOptions): LocalApi {
  const { transport, timeoutMs = 10_000, maxStatusBytes = 64 * MIB } = options;
  const { memory = new PeerMemory() } = options;
  const listeners: ((failure: LocalFailure) => void)[] = [];
  const callOnce = createCaller(transport, options);
  const call: Caller = async (request, signal) => {
    try {
      return await callOnce(request, signal);
    } catch (error) {
      if (error instanceof LocalApiError && !isOutcome(request.endpoint, error)) {
        for (const listener of listeners) listener(error.failure);
      }
      throw error;
    }
  };

  function textCall<T>(read: (text: string) => T, maxBytes = MIB) {
    return {
      timeoutMs,
      maxBytes,
      read: async (body) => read(await joinText(body)),
    } satisfies Partial<
      LocalCall<T>
    >;
  }

  function page(endpoint: "metrics" | "usermetrics", doing: string, signal?: AbortSignal) {
    return call({ endpoint, doing, timeoutMs, maxBytes: 2 * MIB, read: bytesOf }, signal);
  }

  return {
    place: transport.place,
    isEmbedded: transport.kind === "embedded",
    isOwnNode: options.isOwnNode ?? transport.kind === "embedded",
    supports: (endpoint) => transport.supports(endpoint),
    status({ withPeers = true, signal } = {}) {
      return call({
        endpoint: "status",
        query: withPeers ? {} : { peers: "false" },
        doing: "read the status of tailscaled",
        timeoutMs,
        maxBytes: maxStatusBytes,
        read: (body) => decodeStatus(body, { ...options, memory: withPeers ? memory : undefined }),
      }, signal);
    },
    async whois(address, signal) {
      const doing = `look up the node of "${address.slice(0, 80)}"`;
      const request = { endpoint: "whois", query: { addr: address }, doing } as const;
      try {
        return await call({ ...request, ...textCall(decodeWhois) }, signal);
      } catch (error) {
        // Any other 404 comes from something that is no LocalAPI.
        if (isNotFound(error) && error.message.includes("no match for")) return undefined;
        throw error;
      }
    },
    usermetrics: (signal) => page("usermetrics", "read the metrics of tailscaled", signal),
    raw({ endpoint, query }, signal) {
      return call({
        endpoint,
        ...query && { query },
        doing: RAW_DOING[endpoint],
        timeoutMs,
        maxBytes: endpoint === "status" ? maxStatusBytes : 2 * MIB,
        read: bytesOf,
      }, signal);
    },
    metrics: (signal) => page("metrics", "read all metrics of tailscaled", signal),
    async ping(address, { type = "disco", timeoutMs: waitMs = 5_000, signal } = {}) {
      if (addressVersion(address) === undefined) {
        throw new TypeError(`Cannot ping "${address.slice(0, 80)}": wanted an IP address`);
      }
      try {
        return await call({
          endpoint: "ping",
          method: "POST",
          query: { ip: address, type },
          doing: `ping ${address}`,
          ...textCall(decodePing, 64 * KIB),
          timeoutMs: waitMs,
        }, signal);
      } catch (error) {
        // tailscaled waits as long as we do, so this is how it says that no answer came.
        if (error instanceof LocalApiError && error.failure === "timeout") {
          return { outcome: "lost" };
        }
        throw error;
      }
    },
    derpMap(signal) {
      const request = { endpoint: "derpmap", doing: "read the DERP regions" } as const;
      return call({ ...request, ...textCall(decodeDerpMap) }, signal);
    },
    prefs(signal) {
      const request = { endpoint: "prefs", doing: "read the settings of tailscaled" } as const;
      return call({ ...request, ...textCall(decodePrefs) }, signal);
    },
    editPrefs(edit, signal) {
      const body = encodePrefs(edit);
      const doing = "change the settings of tailscaled";
      const request = { endpoint: "prefs", method: "PATCH", body, doing } as const;
      return call({ ...request, ...textCall(decodePrefs) }, signal);
    },
    debug(action, signal) {
      const doing = `have tailscaled do "${action}"`;
      const request = { endpoint: "debug", method: "POST", query: { action }, doing } as const;
      return call({ ...request, ...textCall(() => undefined, 64 * KIB) }, signal);
    },
    onFailure: (listener) => {
      listeners.push(listener);
    },
    close: () => transport.close(),
  };
}

/** Whether an error is what a working tailscaled says, or none of tailscaled's. */
function isOutcome(endpoint: LocalEndpoint, { failure }: LocalApiError): boolean {
  return failure === "unsupported" || (endpoint === "ping" && failure === "timeout") ||
    (endpoint === "whois" && failure === "not_found");
}

function isNotFound(error: unknown): error is LocalApiError {
  return error instanceof LocalApiError && error.failure === "not_found";
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new LongBytes();
  // Copied: a chunk of one byte keeps the 64 KiB that it was read into.
  for await (const chunk of body) bytes.add(chunk);
  return bytes.join();
}
