/**
 * The program's server: opens the port with an error an operator can use, and closes it without
 * cutting a scrape off, unless that takes too long.
 *
 * @module
 */

import { bracketed } from "../../cidr.ts";
import { ConfigError, describeError } from "../../errors.ts";
import type { Logger } from "../../log/log.ts";
import type { Secret } from "../../secret/secret.ts";
import { TroubleLog } from "../../log/trouble.ts";
import { checkClientCa } from "./_client_ca.ts";
import { type Delay, delayQuietly } from "../../time/delay.ts";
import { isSettledWithin } from "../../time/timeout.ts";
import { LogThrottle } from "../_log_throttle.ts";
import type { TlsKeys } from "./_tls.ts";
import type { Handler } from "../handler.ts";
import { type Address, listen, type Listening, type Port, probeTls } from "./listen.ts";

/** Options for {@linkcode serve}. */
export interface ServeOptions {
  /** Answers the requests. */
  readonly handler: Handler;
  /** The address to bind to: the setting BIND_HOST. */
  readonly hostname: string;
  /** The port, 0 lets the system choose: the setting PORT. */
  readonly port: number;
  /** Opens the port. Default: one of the system's at address and port. */
  readonly openPort?: (() => Port) | undefined;
  /** Certificate chain as PEM text: the setting TLS_CERT_PEM. */
  readonly certPem?: string | undefined;
  /** Its key as PEM text: the setting TLS_KEY_PEM. */
  readonly keyPem?: Secret | undefined;
  /** Authorities of client certificates as PEM text: the setting TLS_CLIENT_CA_PEM. */
  readonly clientCaPem?: string | undefined;
  /** The settings that advice names. Default: BIND_HOST and PORT. */
  readonly settings?: { readonly hostname: string; readonly port: string };
  /** Grace period of open requests at a shutdown, in milliseconds. Default: 10 s. */
  readonly graceMs?: number;
  /** Ends the grace period at once when it is aborted. Default: never. */
  readonly hurry?: AbortSignal | undefined;
  /** The wait for that. Default: a timer. */
  readonly delay?: Delay;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** Logs answers that broke off, connections closed for want of room, and refused ones. */
  readonly log?: Pick<Logger, "info" | "warning">;
}

/** A server that takes requests. */
export interface Server extends AsyncDisposable {
  /** Where it is. */
  readonly address: Address;
  /** Resolves when the last connection has ended, which a peer may put off. */
  readonly finished: Promise<void>;
  /**
   * Takes no more connections, lets answers on their way end until the grace period is over, then
   * breaks them off; a second call waits for the first. It always resolves.
   */
  shutdown(): Promise<void>;
}

// The one trouble of a server.
const PORT = "port";

// How long broken-off connections may take to end: their peers need not help.
const LAST_MS = 1_000;

/**
 * Opens the port and answers requests until it is shut down.
 *
 * @throws {Error} If the port cannot be had: says why and names the settings; the system's own
 * error is its cause.
 * @throws {ConfigError} If certificate and key are none, or do not belong together, or if
 * `clientCaPem` holds anything but certificates of authorities.
 * @throws {TypeError} If there is a certificate without a key or a key without a certificate.
 */
export function serve(options: ServeOptions): Server {
  const { handler, hurry, log, graceMs = 10_000, delay = delayQuietly } = options;
  const [closing, stop] = [new AbortController(), new AbortController()];
  const trouble = log && new TroubleLog(log);
  const broken = new LogThrottle(options.now);
  const crowded = new LogThrottle(options.now);
  const listening = open(options, {
    handler(request, remote) {
      // A port that is open proves nothing: only a request that came in does.
      trouble?.over(PORT, "The port takes requests again");
      return handler(request, { ...remote, closing: closing.signal, stop: stop.signal });
    },
    hostname: options.hostname,
    port: options.port,
    openPort: options.openPort,
    tls: readTls(options),
    onError: (error) => {
      const untold = broken.count();
      if (untold === undefined) return;
      const more = untold > 0 ? { before: untold } : {};
      log?.warning("A response was aborted: {error}", { error: describeError(error), ...more });
    },
    onRefused: (error) => {
      const message = "Cannot take requests: {error}; raise the limit of open files (ulimit -n, " +
        "LimitNOFILE)";
      trouble?.report(PORT, message, { error: describeError(error) });
    },
    onCrowded: (address) => {
      const untold = crowded.count();
      if (untold === undefined) return;
      const message =
        "Closed a connection of {address}: too many are open, or wait with incomplete " +
        "requests";
      log?.warning(message, { address, ...untold > 0 && { before: untold } });
    },
  });
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    const ended = listening.shutdown().catch(() => {});
    closing.abort();
    if (await isSettledWithin(graceMs, ended, { delay, signal: hurry })) return;
    stop.abort();
    await isSettledWithin(LAST_MS, ended, { delay });
  }

  function shutdown(): Promise<void> {
    return closed ??= close();
  }

  return {
    address: listening.address,
    finished: listening.finished,
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

function readTls(
  options: Pick<ServeOptions, "certPem" | "keyPem" | "clientCaPem">,
): TlsKeys | undefined {
  const { certPem, keyPem, clientCaPem } = options;
  if (certPem === undefined && keyPem === undefined) return undefined;
  if (certPem === undefined || keyPem === undefined) {
    throw new TypeError("Cannot serve TLS: wanted both TLS_CERT_PEM and TLS_KEY_PEM, got one");
  }
  if (clientCaPem !== undefined) checkClientCa(clientCaPem);
  return { cert: certPem, key: keyPem.reveal(), clientCa: clientCaPem };
}

/**
 * Checks certificate and key as {@linkcode serve} does, without opening its port.
 *
 * @throws {ConfigError} If they are none, or do not belong together, or if `clientCaPem` holds
 * anything but certificates of authorities.
 * @throws {TypeError} If there is a certificate without a key or a key without a certificate.
 */
export function checkTls(
  options: Pick<ServeOptions, "certPem" | "keyPem" | "clientCaPem">,
): void {
  const tls = readTls(options);
  if (tls === undefined) return;
  try {
    probeTls("127.0.0.1", tls);
  } catch (error) {
    const text = describeError(error);
    // Any other failure says nothing about the two.
    if (isTlsFault(text)) throw tlsFault(text);
  }
}

/** There is no class for these; their texts are constants and show nothing of the key. */
function isTlsFault(text: string): boolean {
  return /\b(certificates?|keys?)\b/.test(text);
}

function tlsFault(text: string): ConfigError {
  const wanted = "want a certificate chain and its key: RSA of 2048 bits or more, ECDSA " +
    "(P-256, P-384 or P-521) or Ed25519";
  return new ConfigError([`Cannot use TLS_CERT_PEM and TLS_KEY_PEM: ${text}; ${wanted}.`]);
}

function open(options: ServeOptions, listenOptions: Parameters<typeof listen>[0]): Listening {
  try {
    return listen(listenOptions);
  } catch (cause) {
    const { hostname, port, settings = { hostname: "BIND_HOST", port: "PORT" } } = options;
    const place = `${bracketed(hostname)}:${port}`;
    const text = describeError(cause);
    if (listenOptions.tls !== undefined && isTlsFault(text)) throw tlsFault(text);
    throw new Error(`Cannot listen on ${place}: ${explain(cause, text, settings)}`, { cause });
  }
}

function explain(
  error: unknown,
  text: string,
  { hostname, port }: NonNullable<ServeOptions["settings"]>,
): string {
  if (error instanceof Deno.errors.AddrInUse) {
    const other = port === hostname ? "or" : `or ${hostname} to`;
    return `the port is taken; set ${port} to a free one, ${other} another address`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `this machine has no such address; set ${hostname} to one of its own`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the system does not permit it; set ${port} to 1024 or above`;
  }
  const both = port === hostname ? port : `${port} and ${hostname}`;
  if (error instanceof Deno.errors.NotCapable) {
    return `the sandbox grants no network access there; set ${both} to what it grants`;
  }
  return `${text}; look at ${both}`;
}
