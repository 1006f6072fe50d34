/**
 * What went wrong on the way to a device, in words that tell an operator what to do. The texts are
 * the same for the same trouble, cycle after cycle: the log tells a trouble once.
 *
 * @module
 */

import { describeError, ScrapeError, type ScrapeFailure } from "../errors.ts";
import type { Target } from "./target.ts";

/** The deadline came before the end of the page. */
export function timeoutError(
  target: Target,
  options: {
    readonly timeoutMs: number;
    /** Whether the head of an answer came, so that nothing is wrong with the way. */
    readonly hasAnswered: boolean;
    readonly cause: unknown;
  },
): ScrapeError {
  const { timeoutMs, hasAnswered, cause } = options;
  if (hasAnswered) {
    const message = `No whole page from ${target.url} within ${timeoutMs / 1000} s, although the ` +
      "device answers: it or the path to it is slow; raise CLIENT_METRICS_TIMEOUT";
    return new ScrapeError("timeout", message, { cause });
  }
  return new ScrapeError(
    "timeout",
    `No answer from ${target.url} within ${timeoutMs / 1000} s: check that the tailnet policy ` +
      `lets the exporter reach TCP port ${target.port} and that the device is awake`,
    { cause },
  );
}

/**
 * The page came in time, but took too long to read.
 *
 * @param timeoutMs How long it might take, in milliseconds.
 */
export function readingTimeout(url: string, timeoutMs: number): ScrapeError {
  return new ScrapeError(
    "timeout",
    `Cannot use ${url}: reading its page takes more than ${timeoutMs / 1000} s: lower the ` +
      "LIMIT_PAGE_… settings, or raise CLIENT_METRICS_TIMEOUT",
  );
}

/** The connection could not be made, or broke. */
export function connectError(target: Target, error: unknown, isProxied: boolean): ScrapeError {
  const { stage, detail } = parseFetchError(error);
  if (stage === "Connect" && isProxied) return proxyConnectError(target, detail, error);
  const isRefused = (stage === "Connect" && REFUSED.test(detail)) ||
    (error instanceof Error && error.name === "ConnectionRefused");
  const failure: ScrapeFailure = isRefused ? "refused" : "network";
  const advice = isRefused ? `: nothing listens on port ${target.port}: ${switchOn(target)}` : "";
  return new ScrapeError(failure, `Cannot fetch ${target.url}: ${detail}${advice}`, {
    cause: error,
  });
}

/**
 * Our own node is not in the tailnet. The message has no word of the device: it is the same for all
 * of them, and is logged once.
 *
 * @param outage Why it is not, as a sentence.
 */
export function outageError(outage: string, cause: unknown): ScrapeError {
  return new ScrapeError("network", outage.replace(/\.$/, ""), { closedWay: "node", cause });
}

/** The proxy answered in place of the device. */
export function proxyStatusError(target: Target, status: number): ScrapeError {
  if (status === 407) {
    const message = "Cannot use SCRAPE_PROXY: it answered 407, which asks for a user name and " +
      "password: put the right ones into SCRAPE_PROXY";
    return new ScrapeError("proxy", message, { status, closedWay: "proxy" });
  }
  return new ScrapeError(
    "proxy",
    `Cannot fetch ${target.url}: the proxy answered ${status}: ${unreachableAdvice(target)}`,
    { status },
  );
}

/** The page has more bytes than `LIMIT_PAGE_BYTES`. */
export function pageTooLarge(maxBytes: number): RangeError {
  return new RangeError(`wanted at most ${maxBytes} bytes`);
}

/** Text from outside as it may stand in a message: one line, no control characters, cut. */
export function cutText(text: string, maxLength: number): string {
  // deno-lint-ignore no-control-regex -- exactly these must not reach a terminal
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ").trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength)}…`;
}

function unreachableAdvice(target: Target): string {
  return `it cannot reach the device: ${switchOn(target)}, and check that the tailnet policy ` +
    "allows the port";
}

/** How metrics are switched on at the port, which tells what kind of device it is. */
function switchOn({ port }: Target): string {
  switch (port) {
    case 5252:
      return "run `tailscale set --webclient` on the device";
    case 9002:
      return "set `TS_ENABLE_METRICS=true` for the container (metrics.enable in a ProxyClass of " +
        "the Kubernetes operator)";
    default:
      return "hosts have their metrics on 5252 (`tailscale set --webclient`), containers on 9002 " +
        "(`TS_ENABLE_METRICS=true`): check CLIENT_METRICS_PORT and SCRAPE_PORTS";
  }
}

/** How Linux, macOS and Windows say that a port is closed. */
const REFUSED = /connection refused|actively refused|os error (?:111|61|10061)\b/i;

/** How it reads that the proxy cannot be had, closes at once, or does not take the login. */
const PROXY_DOWN =
  /proxy server unreachable|^tcp |os error|\bdns\b|\bauth|end of file|protocol|parsing|version/i;

/** How it reads that a proxy closes at once; which of them it is, is chance. */
const CLOSED = /end of file|reset by peer|broken pipe|forcibly closed|os error (?:104|54|10054)\b/i;

function proxyConnectError(target: Target, detail: string, cause: unknown): ScrapeError {
  if (PROXY_DOWN.test(detail)) {
    // No word of the device: the same text for all of them is told once.
    const reason = CLOSED.test(detail) ? "it closes the connection" : detail;
    const message =
      `Cannot use SCRAPE_PROXY: ${reason}: check that its address is right and the proxy runs`;
    return new ScrapeError("proxy", message, { closedWay: "proxy", cause });
  }
  // What is not about the proxy itself is a SOCKS reply, which comes from a proxy that works.
  const advice = `the proxy says "${detail}": ${unreachableAdvice(target)}`;
  return new ScrapeError("proxy", `Cannot fetch ${target.url}: ${advice}`, { cause });
}

/** The stage and the core of an error of `fetch`, without the ports that change with each try. */
function parseFetchError(error: unknown): { readonly stage: string; readonly detail: string } {
  const text = describeError(error);
  const match = /client error \((\w+)\): (.*)$/s.exec(text);
  const [, stage = "", said = text] = match ?? [];
  // The platform repeats the cause of some errors of a proxy.
  return { stage, detail: cutText(said.replace(/^(.+): \1$/s, "$1"), 200) };
}
