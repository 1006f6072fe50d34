/**
 * How a call to tailscaled's LocalAPI fails, in kinds that a label can carry and code branches
 * on. The messages are made where the calls are.
 *
 * @module
 */

/** Why a call to the LocalAPI, or to a bridge to it, failed, as a bounded label value. */
export type LocalFailure =
  /** Nothing listens there, or the connection broke: tailscaled or what forwards to it is down. */
  | "unreachable"
  /** No right to do it: of the user at the socket, of the sandbox, or 401 and 403 in an answer. */
  | "forbidden"
  /** 404: not a LocalAPI, or one too old to know the endpoint. */
  | "not_found"
  /** No whole answer within the deadline: tailscaled is wedged. */
  | "timeout"
  /** Any other status that is not 200. */
  | "status"
  /** The answer is larger than the limit. */
  | "too_large"
  /** The answer is not what the LocalAPI says. */
  | "malformed"
  /** A bridge answers reading calls only; nothing was sent. */
  | "unsupported";

/** A call to the LocalAPI that gave no answer we can use. */
export class LocalApiError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "LocalApiError";
  /** The kind of failure. */
  readonly failure: LocalFailure;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  /** The message tells what failed, where, in whose words, and what to do. */
  constructor(
    failure: LocalFailure,
    message: string,
    options: { readonly status?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.status = options.status;
  }
}

/**
 * A reason of the platform without Deno's advice to allow more by a flag, which a user of a
 * compiled program cannot follow.
 */
export function withoutDenoFlag(reason: string): string {
  return reason.replace(/, run again with the --allow-[a-z]+ flag/g, "");
}

/** The failures that befall every call alike, in words that stay the same from call to call. */
const COMMON: ReadonlySet<LocalFailure> = new Set([
  "unreachable",
  "forbidden",
  "not_found",
  "timeout",
]);

/**
 * What made a call fail, without what was asked: the same text for all calls that one trouble
 * befalls, also where the message has other words for each answer.
 *
 * Shape: "Cannot read the status of tailscaled: no answer at …" → "no answer at …"
 *
 * @returns undefined if only this call can fail so.
 */
export function causeOf({ failure, message, status }: LocalApiError): string | undefined {
  if (COMMON.has(failure)) return message.replace(/^Cannot .*?: /, "");
  switch (failure) {
    case "status":
      return `status ${status}`;
    case "malformed":
      return "an answer that no LocalAPI gives";
    case "too_large":
      return "an answer beyond the limit";
    default:
      return undefined;
  }
}
