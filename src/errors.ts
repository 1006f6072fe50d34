/**
 * The errors that code branches on, and one way to describe any error in a line. Everything else
 * throws JavaScript's own classes by meaning. A leaf: imports nothing.
 *
 * @module
 */

/** Every fault of the configuration at once; the program prints them all and exits with 2. */
export class ConfigError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "ConfigError";
  /** One sentence for each fault: the variable, its value (never a secret's), what is wanted. */
  readonly faults: readonly string[];

  /** Takes at least one sentence. */
  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/** Why a call to the Tailscale API failed, as a bounded label value. */
export type ApiFailure =
  /** 401, or the token endpoint refused the client: the credential is wrong or has expired. */
  | "unauthorized"
  /** 403: the credential lacks a scope. */
  | "forbidden"
  /** 404: no such tailnet, or the base URL is not an API's. */
  | "not_found"
  /** 429, after the retries allowed. */
  | "rate_limited"
  /** 5xx, after the retries allowed. */
  | "server"
  /** Any other status that is not 200. */
  | "status"
  /** No answer within the deadline. */
  | "timeout"
  /** No connection, or one that broke. */
  | "network"
  /** The body is larger than the limit. */
  | "too_large"
  /** The body is not what the API documents: HTML, cut JSON, no device list. */
  | "malformed";

/** A call to the Tailscale API that gave no answer we can use. */
export class ApiError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "ApiError";
  /** The kind of failure. */
  readonly failure: ApiFailure;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** For how many milliseconds the server asks to be left alone; undefined if it did not say. */
  readonly retryAfterMs: number | undefined;

  /** The message tells what failed, the value, what was wanted, what to do. */
  constructor(
    failure: ApiFailure,
    message: string,
    options: {
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Why a device's page could not be used, as a bounded label value. */
export type ScrapeFailure =
  /** No answer within the device's own timeout. */
  | "timeout"
  /** Connection refused: metrics are off, or a firewall rejects. */
  | "refused"
  /** Any other failure to connect, or a connection that broke. */
  | "network"
  /** The proxy could not reach the device (502, 504, a SOCKS failure), or cannot be reached. */
  | "proxy"
  /** A status other than 200. */
  | "status"
  /** A redirect to anywhere but the same device. */
  | "redirect"
  /** Not a text page: another Content-Type. */
  | "content_type"
  /** A line for which a Prometheus server would refuse the page. */
  | "parse"
  /** More bytes, lines or series than allowed. */
  | "limit";

/** What can close the way to all devices. */
export type ClosedWay = "proxy" | "node";

/** A device's page that gave nothing we can relay. */
export class ScrapeError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "ScrapeError";
  /** The kind of failure. */
  readonly failure: ScrapeFailure;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /**
   * What closes the way to all devices, so that each of them fails with the same message: the proxy
   * is down, or our own node is not in the tailnet. Undefined if the device alone fails.
   */
  readonly closedWay: ClosedWay | undefined;

  /** The message tells what failed, the value, what was wanted. */
  constructor(
    failure: ScrapeFailure,
    message: string,
    options: {
      readonly status?: number;
      readonly closedWay?: ClosedWay;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.status = options.status;
    this.closedWay = options.closedWay;
  }
}

/**
 * An error and its causes in one line, outermost first, each said once: an outer message, or its
 * last clause, that a cause repeats in more detail gives way to the cause.
 *
 * @returns "Fetch failed: connection refused (os error 111)"; never empty.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  // Causes may go round in a circle.
  for (let depth = 0; current !== undefined && current !== null && depth < 5; depth++) {
    const text = (current instanceof Error ? current.message || current.name : String(current))
      .replace(/\s+/g, " ").trim();
    if (text !== "" && !parts.some((part) => part.includes(text))) {
      const outer = parts.pop();
      const rest = outer === undefined ? "" : withoutRepeated(outer, text);
      if (rest !== "") parts.push(rest);
      parts.push(text);
    }
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.length === 0 ? "unknown error" : parts.join(": ");
}

/** Shorter texts occur in others by accident. */
const MIN_REPEATED = 10;

/** An outer message without what its cause repeats: nothing, all of it, or all but a clause. */
function withoutRepeated(outer: string, cause: string): string {
  const isRepeated = (text: string) => text.length >= MIN_REPEATED && cause.includes(text);
  if (isRepeated(outer)) return "";
  const colon = outer.lastIndexOf(": ");
  return colon > 0 && isRepeated(outer.slice(colon + 2)) ? outer.slice(0, colon) : outer;
}

/** Whether a client of TLS got an answer that is no TLS, in the words of the platform. */
export function isAnswerWithoutTls(text: string): boolean {
  return /InvalidContentType|corrupt message|wrong version/i.test(text);
}

/** Whether a client of HTTP got an answer that is no HTTP, such as one in TLS. */
export function isAnswerWithoutHttp(text: string): boolean {
  return /invalid HTTP version/i.test(text);
}

/** The last words of an error of `fetch`, without the address that they begin with. */
export function describeFetchError(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause !== undefined) error = error.cause;
  const text = describeError(error);
  const words = (/client error \(\w+\): (.+)$/.exec(text)?.[1] ?? text)
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, "the address");
  if (isAnswerWithoutTls(words)) return `the server does not speak TLS (${words})`;
  return isAnswerWithoutHttp(words) ? `the server does not speak HTTP (${words})` : words;
}

/** The name of the part of an OAuth client's secret that has the address of its API. */
export const BASE_URL_SETTING = "the baseURL of TS_AUTHKEY";

/** Why TLS failed, in the words of {@linkcode describeFetchError}, and what helps. */
const TLS_ADVICE: readonly (readonly [words: RegExp, advice: (setting?: string) => string])[] = [
  [/certificate expired/i, () => "renew its certificate, or correct the clock of this machine"],
  [/not valid yet/i, () => "correct the clock of this machine, or the dates of its certificate"],
  [/not valid for name/i, adviceOnName],
  [/CaUsedAsEndEntity/i, () => "give it a certificate that is not that of an authority itself"],
  [/fatal alert: \w*certificate/i, () => "it wants a client certificate, and tsmetrics has none"],
  [/UnknownIssuer|BadSignature/i, () => "give the certificate of its authority in TLS_CA_PEM"],
  [/certificate/i, adviceOnCertificate],
  [/not speak TLS/, adviceWithoutTls],
  [
    /not speak HTTP/,
    (setting = "its URL") => `begin ${setting} with https:// if the server has TLS`,
  ],
];

/** Settings of a server that always has TLS: a secret is never to be sent to it in clear text. */
const ALWAYS_TLS: ReadonlySet<string> = new Set(["TAILSCALE_API_URL", BASE_URL_SETTING]);

/** A fixed address has the right host and port: someone else answers for it. */
const ADVICE_ON_PORTAL = "check HTTPS_PROXY, and that no captive portal answers";

function adviceOnName(setting?: string): string {
  if (setting === undefined) return ADVICE_ON_PORTAL;
  return `use a name that its certificate has in ${setting}`;
}

function adviceOnCertificate(setting?: string): string {
  if (setting === undefined) return ADVICE_ON_PORTAL;
  return `check its certificate, and the host in ${setting}`;
}

/**
 * A captive portal answers so, too: giving up TLS comes last, and with its condition, or one would
 * send it the secret. A headscale in one's own network often has no TLS.
 */
function adviceWithoutTls(setting?: string): string {
  if (setting === undefined) return ADVICE_ON_PORTAL;
  const advice = `check the port in ${setting}, HTTPS_PROXY, and that no captive portal answers`;
  if (ALWAYS_TLS.has(setting)) return advice;
  return `${advice}; or, if that server has no TLS and you trust the network to it, begin ` +
    `${setting} with http://`;
}

/**
 * What to do about a request that failed because of a certificate, or because one side spoke TLS
 * and the other did not.
 *
 * @param reason The description of the error.
 * @param setting The setting that has the URL. Default: none, the address is fixed.
 * @returns The end of a sentence; undefined if it failed for another reason.
 */
export function tlsAdvice(reason: string, setting?: string): string | undefined {
  return TLS_ADVICE.find(([words]) => words.test(reason))?.[1](setting);
}
