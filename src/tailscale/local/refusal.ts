/**
 * What went wrong with a call and what to do about it, in words: from an answer other than 200, or
 * from no answer, to an error. Pure.
 *
 * @module
 */

import { describeError, describeFetchError } from "../../errors.ts";
import { isJsonObject, parseJson } from "../../json/json.ts";
import { LocalApiError, type LocalFailure, withoutDenoFlag } from "./error.ts";
import type { LocalEndpoint, LocalTransport } from "./transport.ts";

/** A call that failed, for messages. */
export interface FailedCall {
  /** Completes "Cannot …". */
  readonly doing: string;
  /** What is asked. Default: a call of unknown rights. */
  readonly endpoint?: LocalEndpoint;
  /** Where it was sent. */
  readonly via: Pick<LocalTransport, "kind" | "place" | "redactor">;
}

/** tailscaled's words for a request that looks like a browser's, or has another host. */
const HOST_REFUSED = "invalid localapi request";

/** The words of a LocalAPI that wants a password and was sent none, and for a wrong one. */
const PASSWORD_WANTED = /auth required|missing 'Sec-Tailscale/, PASSWORD_REFUSED = "bad password";

/** What tailscaled answers to every user of the machine. */
const FREE: ReadonlySet<LocalEndpoint | undefined> = new Set(["status", "whois", "usermetrics"]);

/** The error for an answer other than 200. */
export function explainRefusal(call: FailedCall, status: number, text: string): LocalApiError {
  const words = wordsOf(text);
  const failure = failureOf(status);
  const quoted = words.trim() === "" ? "" : ` ${call.via.redactor.quote(words)}`;
  const advice = adviceFor(call, failure, status, words);
  const message = `Cannot ${call.doing}: ${call.via.place} answered ${status}${quoted}; ${advice}`;
  return new LocalApiError(failure, message, { status });
}

/** The error for a connection that could not be made, or broke. */
export function explainNoAnswer(call: FailedCall, thrown: unknown): LocalApiError {
  const reason = withoutDenoFlag(describeFetchError(thrown));
  const isSandboxed = /requires (?:net|read|write) access/i.test(reason);
  const isDenied = /permission denied|\(os error 13\)/i.test(reason);
  const advice = isSandboxed
    ? adviseOnSandbox(call.via.kind)
    : isDenied
    ? "let the program's user open the socket, or give another way in LOCALAPI_URL"
    : whereToLook(call.via.kind);
  // The platform's own error quotes the address, which names a host that does not exist.
  const cause = new TypeError(reason);
  return new LocalApiError(
    isSandboxed || isDenied ? "forbidden" : "unreachable",
    `Cannot ${call.doing}: no answer at ${call.via.place}: ${reason}; ${advice}`,
    { cause },
  );
}

/** The error for an answer that did not come in time. */
export function explainTimeout(call: FailedCall, timeoutMs: number): LocalApiError {
  const problem = `no whole answer from ${call.via.place} within ${timeoutMs / 1000} s`;
  const advice = call.via.kind === "socket"
    ? "tailscaled is stuck or very busy; see its log, restart it if that lasts"
    : "tailscaled, or what leads to it, is stuck or very busy";
  return new LocalApiError("timeout", `Cannot ${call.doing}: ${problem}; ${advice}`);
}

/** The error for an answer that is too large. */
export function explainExcess(call: FailedCall, maxBytes: number): LocalApiError {
  const problem = `the answer of ${call.via.place} is larger than ${maxBytes} bytes`;
  const message = `Cannot ${call.doing}: ${problem}; ${whereToLook(call.via.kind)}`;
  return new LocalApiError("too_large", message, { status: 200 });
}

/** The error for an answer that is compressed although plain bytes were asked for. */
export function explainCoding(call: FailedCall, status: number, coding: string): LocalApiError {
  const problem = `${call.via.place} answered with Content-Encoding ` +
    `${call.via.redactor.quote(coding)}, wanted no coding`;
  const message = `Cannot ${call.doing}: ${problem}; ${whereToLook(call.via.kind)}`;
  return new LocalApiError("malformed", message, { status });
}

/** The error for an answer that could not be read, by what its reader threw. */
export function explainNonsense(call: FailedCall, cause: unknown): LocalApiError {
  const isTooLarge = cause instanceof RangeError;
  const problem = isTooLarge ? "sent more than we take" : "sent what no LocalAPI sends";
  const where = `${call.via.place} ${problem}: ${describeError(cause)}`;
  const message = `Cannot ${call.doing}: ${where}; ${whereToLook(call.via.kind)}`;
  const failure = isTooLarge ? "too_large" : "malformed";
  return new LocalApiError(failure, message, { status: 200, cause });
}

/** The error for a call that a bridge or the embedded node does not know. */
export function explainUnsupported(call: FailedCall): LocalApiError {
  if (call.via.kind === "embedded") {
    const message = `Cannot ${call.doing}: ${call.via.place} does not answer this call`;
    return new LocalApiError("unsupported", message);
  }
  const problem = `the bridge at ${call.via.place} answers status, whois and usermetrics only`;
  const advice = "use LOCALAPI_SOCKET or LOCALAPI_URL";
  return new LocalApiError("unsupported", `Cannot ${call.doing}: ${problem}; ${advice}`);
}

function adviseOnSandbox(kind: LocalTransport["kind"]): string {
  return kind === "socket"
    ? "the sandbox forbids it: use tsmetrics-host with the socket at its usual path, or a " +
      "forward in LOCALAPI_URL"
    : "the sandbox forbids it: allow the program this address";
}

function failureOf(status: number): LocalFailure {
  if (status === 401 || status === 403) return "forbidden";
  return status === 404 ? "not_found" : "status";
}

function adviceFor(
  { via, endpoint }: FailedCall,
  failure: LocalFailure,
  status: number,
  words: string,
): string {
  if (via.kind === "bridge" && failure === "forbidden") return "check BRIDGE_TOKEN";
  if (words.includes(HOST_REFUSED)) {
    return "what stands between must pass the Host header on as it is, and add no Origin or Referer";
  }
  if (PASSWORD_WANTED.test(words)) {
    return "it wants a password: set LOCALAPI_PASSWORD to the one that " +
      "`tailscale debug local-creds` shows, or to tsnet's localAPICred";
  }
  if (words.includes(PASSWORD_REFUSED)) {
    return "check LOCALAPI_PASSWORD: Tailscale's macOS app has a new password and a new port " +
      "after each start";
  }
  if (status === 401 && via.kind === "forward") {
    // No tailscaled says 401 with other words: most likely a proxy with a login.
    return "it wants a login: check LOCALAPI_PASSWORD, and what stands between";
  }
  if (failure === "forbidden" && FREE.has(endpoint)) {
    return "every user may ask tailscaled this: " +
      (via.kind === "forward"
        ? "check what stands between, and the user who runs the forward"
        : "check that LOCALAPI_SOCKET is tailscaled's socket, and its mode");
  }
  if (failure === "forbidden") {
    return "it needs the rights of root or of the operator: run as root, or once " +
      "`tailscale set --operator=USER`; a forward has the rights of the user who runs it";
  }
  // True of a command that runs once, too: it must not promise another try.
  if (status === 503) return "tailscaled is starting, which takes some seconds";
  if (status >= 500) return "the fault is tailscaled's; see its log";
  return whereToLook(via.kind);
}

/** The setting that the place came from. */
function whereToLook(kind: LocalTransport["kind"]): string {
  switch (kind) {
    case "socket":
      return "check that tailscaled runs and that LOCALAPI_SOCKET is its socket";
    case "forward":
      return "check that tailscaled and the forward to its socket run, and LOCALAPI_URL";
    case "bridge":
      return "check that tailscaled and the bridge run, and BRIDGE_URL";
    case "embedded":
      return "its state is in the log and in /health";
  }
}

/** The LocalAPI's `{"error"}` or `{"Error"}`, or the plain text. */
function wordsOf(text: string): string {
  try {
    const body = parseJson(text);
    const words = isJsonObject(body) ? body.error ?? body.Error : undefined;
    return typeof words === "string" ? words : text;
  } catch {
    return text;
  }
}
