/**
 * The three kinds of address of a tailscaled: its socket, the same LocalAPI behind a TCP forward,
 * and a bridge that answers reading calls only; the embedded node is a fourth (`src/embedded`).
 * Above this file the kind matters only to advice in messages. Each call opens a connection of its
 * own, so that no call meets a restarted tailscaled over a dead connection.
 *
 * @module
 */

import { describeError } from "../../errors.ts";
import { Redactor } from "../../secret/redactor.ts";
import { loginSecrets, type Secret } from "../../secret/secret.ts";
import { VERSION } from "../../version.ts";
import { LocalApiError, withoutDenoFlag } from "./error.ts";

/** The address of a LocalAPI. */
export type LocalApiAddress =
  /** The socket of tailscaled; needs read and write of that path, and the network. */
  | { readonly kind: "socket"; readonly path: string }
  /**
   * Something that passes bytes to the socket, socat for one: "http://127.0.0.1:41112"; or a
   * LocalAPI that listens on TCP itself and wants a password, as the macOS app's and tsnet's do.
   */
  | { readonly kind: "forward"; readonly url: URL; readonly password?: Secret | undefined }
  /** A bridge, ours or a simple one: "http://127.0.0.1:8765". */
  | { readonly kind: "bridge"; readonly url: URL; readonly token?: Secret | undefined };

/** What can be asked, as a bounded label value. */
export type LocalEndpoint =
  /** The node and its peers. */
  | "status"
  /** The node behind an address. */
  | "whois"
  /** The metrics that are documented. */
  | "usermetrics"
  /** All metrics of the client. */
  | "metrics"
  /** A ping to a peer. */
  | "ping"
  /** The DERP regions. */
  | "derpmap"
  /** The settings. */
  | "prefs"
  /** A login, with the settings to log in with. */
  | "start"
  /** The second half of a login. */
  | "login-interactive"
  /** An action that mends. */
  | "debug";

/** A request before it has an address. */
export interface LocalRequest {
  /** What is asked. */
  readonly endpoint: LocalEndpoint;
  /** The parameters in the LocalAPI's names. */
  readonly query?: Readonly<Record<string, string>>;
  /** The method. Default: GET. */
  readonly method?: "GET" | "POST" | "PATCH";
  /** A JSON text. */
  readonly body?: string;
}

/** Sends requests to one address. */
export interface LocalTransport {
  /** The kind of address; "embedded" for our own node, which answers inside this process. */
  readonly kind: LocalApiAddress["kind"] | "embedded";
  /** Where it leads, for messages and labels: a path, or host and port. */
  readonly place: string;
  /** Makes what was answered fit for a message; a server may echo what it was sent. */
  readonly redactor: Redactor;
  /** Whether this kind of address answers the endpoint. */
  supports(endpoint: LocalEndpoint): boolean;
  /**
   * Sends a request that is supported.
   *
   * @throws {TypeError} If no answer comes; the signal's reason if it was aborted.
   */
  send(request: LocalRequest, signal: AbortSignal): Promise<Response>;
  /** Ends every connection. */
  close(): void;
}

/** Options for {@linkcode openTransport}: parts of the platform. */
export interface TransportOptions {
  /** Makes an HTTP client: `Deno.createHttpClient`. */
  readonly createHttpClient: (options: Deno.CreateHttpClientOptions) => Deno.HttpClient;
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** tailscaled answers 403 to every other host, but for none at all. */
const LOCAL_HOST = "local-tailscaled.sock";

/** What a bridge answers. */
const BRIDGED: ReadonlySet<LocalEndpoint> = new Set(["status", "whois", "usermetrics"]);

/**
 * Opens a transport; nothing is sent yet.
 *
 * A forward and a bridge must not be asked through HTTP_PROXY, which the platform reads when a
 * client is made: it has to be out of the environment before this is called.
 *
 * @throws {RangeError} If the address is not an http:// one.
 * @throws {LocalApiError} With failure "forbidden" if the sandbox does not allow the address.
 */
export function openTransport(address: LocalApiAddress, options: TransportOptions): LocalTransport {
  const { createHttpClient, fetch: doFetch = fetch } = options;
  const { kind } = address;
  const place = kind === "socket" ? address.path : hostOf(address.url);
  const base = baseOf(address);
  const headers = headersOf(address);
  const client = openClient(address, createHttpClient);
  return {
    kind,
    place,
    redactor: new Redactor(secretsOf(address)),
    supports: (endpoint) => kind !== "bridge" || BRIDGED.has(endpoint),
    send(request, signal) {
      const { method = "GET", body } = request;
      return doFetch(`${base}${pathOf(kind, request)}`, {
        method,
        headers,
        redirect: "manual",
        signal,
        client,
        ...body !== undefined && { body },
      });
    },
    close: () => client.close(),
  };
}

function openClient(
  address: LocalApiAddress,
  create: TransportOptions["createHttpClient"],
): Deno.HttpClient {
  const isSocket = address.kind === "socket";
  try {
    return create({
      // For TCP this "proxy" would write the whole address into the request line, which takes the
      // place of the Host header at tailscaled and confuses simple bridges.
      ...isSocket && { proxy: { transport: "unix", path: address.path } },
      allowHost: true,
      http2: false,
      poolMaxIdlePerHost: 0,
    });
  } catch (cause) {
    // Deno asks for the permission when the client is made. Its error may come from another realm.
    if (!(cause instanceof Error) || cause.name !== "NotCapable") throw cause;
    const advice = isSocket
      ? "use tsmetrics-host with the socket at its usual path, or a forward in LOCALAPI_URL"
      : "allow the program the network";
    const place = isSocket ? address.path : address.url.host;
    const message = `Cannot open ${place}: the sandbox forbids it; ${advice}`;
    const reason = withoutDenoFlag(describeError(cause));
    throw new LocalApiError("forbidden", `${message} (${reason})`, { cause });
  }
}

function hostOf(url: URL): string {
  if (url.protocol === "http:" && url.hostname !== "") return url.host;
  throw new RangeError(`Cannot use "${url.protocol}//${url.host}": wanted http://host:port`);
}

function baseOf(address: LocalApiAddress): string {
  if (address.kind === "socket") return `http://${LOCAL_HOST}/localapi/v0`;
  const base = `http://${address.url.host}${address.url.pathname.replace(/\/+$/, "")}`;
  return address.kind === "forward" ? `${base}/localapi/v0` : base;
}

function secretsOf(address: LocalApiAddress): readonly Secret[] {
  if (address.kind === "bridge" && address.token !== undefined) return [address.token];
  if (address.kind !== "forward" || address.password === undefined) return [];
  return loginSecrets("", address.password.reveal());
}

function headersOf(address: LocalApiAddress): Readonly<Record<string, string>> {
  const token = address.kind === "bridge" ? address.token : undefined;
  const password = address.kind === "forward" ? address.password : undefined;
  return {
    "user-agent": `tsmetrics/${VERSION}`,
    // With this set the platform decompresses nothing, so that a coding shows and can be refused.
    "accept-encoding": "identity",
    ...address.kind === "forward" && { host: LOCAL_HOST },
    ...token !== undefined && { authorization: `Bearer ${token.reveal()}` },
    ...password !== undefined && {
      authorization: `Basic ${btoa(`:${password.reveal()}`)}`,
      // tsnet asks for it as well, because no page in a browser can send it.
      "sec-tailscale": "localapi",
    },
  };
}

function pathOf(kind: LocalApiAddress["kind"], { endpoint, query = {} }: LocalRequest): string {
  if (kind !== "bridge") {
    const text = new URLSearchParams(query).toString();
    return text === "" ? `/${endpoint}` : `/${endpoint}?${text}`;
  }
  if (endpoint !== "whois") return `/${endpoint}`;
  // Simple bridges do not unescape, and colons may stand in a path as they are.
  return `/whois/${encodeURIComponent(query.addr ?? "").replaceAll("%3A", ":")}`;
}
