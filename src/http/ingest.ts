/**
 * Answers `POST /analytics/ingest`: lines of an access log in the body of a request, taken while
 * they arrive, with what became of them as the answer. Loaded with the first such request.
 *
 * @module
 */

import type { AnalyticsViews, IntakeReport } from "../access/mod.ts";
import { monotonicMs } from "../time/clock.ts";
import { faultReply } from "./_fault_reply.ts";
import type { Remote } from "./server/remote.ts";
import { jsonReply } from "./reply.ts";
import { BodyFault, type RequestBody } from "./server/request_body.ts";
import { Slots } from "./slot.ts";

/** Options for {@linkcode createIngestAnswer}. */
export interface IngestOptions {
  /** Takes the lines; undefined if access analytics is off. */
  readonly views: Pick<AnalyticsViews, "openIntake"> | undefined;
  /** Maximum number of bodies that are read at once. Default: 8. */
  readonly maxBodies?: number;
  /** Maximum number of bodies of one address that are read at once. Default: 4. */
  readonly maxEach?: number;
}

/** Answers a request with a body; the address it comes from takes a slot meanwhile. */
export type IngestAnswer = (
  request: Request,
  remote: Pick<Remote, "body" | "hostname">,
) => Promise<Response>;

const MAX_BODIES = 8, MAX_EACH = 4;

/** Bodies that hold no lines, whatever the sender means by them. */
const NO_LINES = /^(?:multipart\/|application\/(?:x-protobuf|(?:x-|vnd\.)?msgpack)\b)/i;

/** Answers that access analytics is off, wherever it is asked. */
export const ANALYTICS_OFF = "access analytics is off: set ACCESS_LISTEN or ACCESS_INGEST";

/** Answers requests that bring lines. */
export function createIngestAnswer(
  { maxBodies = MAX_BODIES, maxEach = MAX_EACH, views }: IngestOptions,
): IngestAnswer {
  const slots = new Slots({ max: maxBodies, maxEach, now: monotonicMs });

  /** A slot if one is free: no body is evicted, because a slow one times out by itself. */
  function takeSlot(hostname: string) {
    return slots.size < maxBodies ? slots.take(hostname, () => {}) : undefined;
  }

  async function read(intake: ReturnType<AnalyticsViews["openIntake"]>, body: RequestBody) {
    for (;;) {
      const bytes = await body.read();
      if (bytes === undefined) return intake.end();
      await intake.push(bytes);
    }
  }

  return async (request, { body, hostname }) => {
    if (views === undefined) return jsonReply(404, { error: ANALYTICS_OFF });
    const refusal = refusalOf(request, body);
    if (refusal !== undefined || body === undefined) return refusal ?? lengthRequired();
    const service = readService(request);
    if (typeof service !== "string" && service !== undefined) return service;
    const slot = takeSlot(hostname);
    if (slot === undefined) {
      const error =
        `too many bodies at once: at most ${maxBodies} are read, ${maxEach} of one address`;
      const busy = jsonReply(503, { error });
      busy.headers.set("retry-after", "1");
      return busy;
    }
    const intake = views.openIntake(service);
    try {
      await read(intake, body);
      return answerReport(intake.report);
    } catch (error) {
      if (!(error instanceof BodyFault)) throw error;
      // What came before has been counted.
      intake.end();
      const text = `cannot read the body: ${error.message}`;
      return jsonReply(error.status, { error: text, ...reportJson(intake.report) });
    } finally {
      slot.release();
    }
  };
}

/** Why a request is refused before its body is read. */
function refusalOf(
  { headers }: Request,
  body: RequestBody | undefined,
): Response | undefined {
  if (body === undefined) return lengthRequired();
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.trim().toLowerCase() !== "identity") {
    const reply = jsonReply(415, { error: "the body is compressed: want it as it is" });
    reply.headers.set("accept-encoding", "identity");
    return reply;
  }
  if (NO_LINES.test(headers.get("content-type") ?? "")) {
    return jsonReply(415, { error: "the body holds no lines: want text or JSON, line by line" });
  }
  return undefined;
}

function lengthRequired(): Response {
  return jsonReply(411, { error: "no body: want Content-Length or Transfer-Encoding: chunked" });
}

/** The parameter `service`; a response if it, or another one, is refused. */
function readService(request: Request): string | undefined | Response {
  const given = [...new URL(request.url).searchParams];
  const [pair, ...more] = given;
  if (pair === undefined) return undefined;
  const [name, service] = pair;
  const refuse = (parameter: string, value: string, allowed: string) =>
    faultReply({ parameter, value: value.slice(0, 100), allowed });
  if (name !== "service") return refuse(name, service, "the parameter service");
  const [further] = more;
  if (further !== undefined) return refuse(...further, "the parameter service, once");
  if (!/^[^\p{Cc}]{1,64}$/u.test(service)) return refuse(name, service, "1 to 64 characters");
  return service;
}

/** Senders give up what is answered by 400, so it stands for a body of which no line was right. */
function answerReport(report: IntakeReport): Response {
  const { counted, ignored, stale, lines } = report;
  if (lines === 0 || counted + ignored + stale > 0) return jsonReply(200, reportJson(report));
  const error = "no line is in the format of ACCESS_FORMAT";
  return jsonReply(400, { error, ...reportJson(report) });
}

function reportJson(report: IntakeReport): Readonly<Record<string, unknown>> {
  const { counted, firstRefused, ignored, lines, refused, stale } = report;
  return {
    lines,
    counted,
    ignored,
    stale,
    refused: Object.fromEntries(refused),
    first_refused: firstRefused ?? null,
  };
}
