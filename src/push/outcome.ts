/**
 * What the answer of a time series database means, and what to do about it. Pure.
 *
 * Source: InfluxDB 1.8 "HTTP API reference", InfluxDB 2 API `POST /api/v2/write`
 *
 * @module
 */

import type { Redactor } from "../secret/redactor.ts";

/** What came of a write. */
export type Outcome =
  /** It was taken, but for some points that the database refuses for good. */
  | { readonly kind: "written"; readonly rejected: number; readonly reason: string | undefined }
  /** The database refuses these points; the same request would be refused again. */
  | { readonly kind: "rejected"; readonly reason: string }
  /** The request is too large. */
  | { readonly kind: "too_large"; readonly reason: string }
  /** It may succeed later. */
  | {
    readonly kind: "failed";
    /** What failed and what to do, without a full stop. */
    readonly reason: string;
    /** How long the database asks to wait, in milliseconds; undefined if it does not. */
    readonly retryAfterMs: number | undefined;
  };

/** How the database is asked, as far as advice depends on it. */
export interface Target {
  /** Whether it is asked by the API of version 1. */
  readonly isV1: boolean;
  /** Whether a token is sent. */
  readonly hasToken: boolean;
  /** Whether the points name users: an answer may repeat a line, so it is not quoted. */
  readonly isPersonal?: boolean;
}

/** An answer. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number;
  /** The body, or its beginning. */
  readonly text: string;
  /** The `Location` header. */
  readonly location: string | null;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** Tells what an answer to a batch means. */
export function outcomeOf(
  answer: Answer,
  points: number,
  target: Target,
  redactor: Redactor,
): Outcome {
  const { location, retryAfterMs, status, text } = answer;
  if (status >= 200 && status < 300) return { kind: "written", rejected: 0, reason: undefined };
  const reason = `it answered ${status}${saidIn(text, target, redactor)}`;
  if (status === 413) return { kind: "too_large", reason };
  // A page is from a proxy or the wrong port: the database has not seen the points.
  if ((status === 400 || status === 422) && !isPage(text)) {
    const [, digits] = /\bdropped=(\d{1,9})\b/.exec(text) ?? [];
    if (digits === undefined) return { kind: "rejected", reason };
    return { kind: "written", rejected: Math.min(Number(digits), points), reason };
  }
  const advice = adviceOf(status, location, target);
  return {
    kind: "failed",
    reason: advice === undefined ? reason : `${reason}; ${advice}`,
    retryAfterMs,
  };
}

function saidIn(text: string, { isPersonal }: Target, redactor: Redactor): string {
  if (text.trim() === "") return "";
  return isPersonal === true
    ? " (the message is left out: it may name users)"
    : ` ${redactor.quote(wordsOf(text))}`;
}

function adviceOf(
  status: number,
  location: string | null,
  { hasToken, isV1 }: Target,
): string | undefined {
  const secret = isV1 && !hasToken ? "INFLUX_USERNAME and INFLUX_PASSWORD" : "INFLUX_TOKEN";
  const place = isV1 ? "INFLUX_DATABASE names" : "INFLUX_ORG and INFLUX_BUCKET name";
  if (status >= 300 && status < 400) {
    const host = URL.parse(location ?? "")?.host ?? "another path";
    return `it redirects to ${host}, where credentials are never sent: set INFLUX_URL to the final address`;
  }
  if (status === 401) return `check ${secret}`;
  if (status === 403) return `let ${secret} write to what ${place}`;
  if (status === 404) return `create what ${place}, or check INFLUX_URL`;
  if (status === 407) return "the HTTP proxy wants a login: check HTTPS_PROXY";
  if (status === 429 || status >= 500) return undefined;
  return "check INFLUX_URL";
}

/** The message of an answer in JSON, or all of it. */
function wordsOf(text: string): string {
  try {
    const { error, message } = JSON.parse(text);
    return [message, error].find((word) => typeof word === "string" && word !== "") ?? text;
  } catch {
    return /<title>([^<]{1,200})<\/title>/i.exec(text)?.[1] ?? text;
  }
}

function isPage(text: string): boolean {
  return /^\s*<(?:!doctype|html|\?xml)/i.test(text);
}
