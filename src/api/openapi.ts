/**
 * The OpenAPI 3.1 document of the JSON API, made from the table of routes.
 *
 * @module
 */

import type { Parameter } from "./parameter.ts";
import type { ApiRoute } from "./api_route.ts";
import { count, list, map, object, orNull, type Schema, text } from "./schema.ts";
import { API_ROUTES, STREAM_ROUTE } from "./route_table.ts";

/** The schema of an answer to a parameter that is refused. */
export const FAULT: Schema = object({
  error: text("What is wrong and what is wanted, in a sentence."),
  parameter: text("The parameter."),
  value: text("Its value, cut after 100 characters."),
  allowed: text("What is allowed."),
}, "A parameter that is refused.");

/** What a POST has to carry. */
const OWN_PAGE: Schema = {
  name: "X-Requested-With",
  in: "header",
  required: true,
  description: "Shows that the request does not come from another site.",
  schema: { type: "string", const: "tsmetrics" },
};

/**
 * The document.
 *
 * @param version The version of the program.
 */
export function openApiDocument(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: "3.1.0",
    info: {
      title: "tsmetrics",
      version,
      description: "What tsmetrics knows of a tailnet, as JSON. Fields that are not known are " +
        "null. Times are RFC 3339, in UTC.",
      license: { name: "MIT", identifier: "MIT" },
    },
    // Relative, so that it holds behind a proxy with a path prefix, too.
    servers: [{ url: ".." }],
    security: [{}, { token: [] }, { login: [] }],
    paths: {
      ...Object.fromEntries(
        API_ROUTES.map((route) => [route.path, {
          [route.method === "POST" ? "post" : "get"]: operation(route),
        }]),
      ),
      [STREAM_ROUTE.path]: { get: streamOperation() },
      "/analytics/ingest": { post: INGEST },
    },
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "METRICS_TOKEN, where it is set." },
        login: { type: "http", scheme: "basic", description: "BASIC_AUTH_USERS, where it is set." },
      },
    },
  };
}

const INGEST_REPORT: Schema = object({
  lines: count("Lines that are not empty."),
  counted: count("Those that were counted."),
  ignored: count("Those whose path is left out: ACCESS_IGNORE."),
  stale: count("Those that are older than ACCESS_RETENTION, or a day ahead."),
  refused: map(count("Lines."), "Those that were refused, by reason."),
  first_refused: orNull(object({
    line: count("Its number, from 1; empty lines count."),
    reason: text("Why."),
  })),
}, "What became of the lines.");

/** The one path that takes a body. */
const INGEST: Schema = {
  operationId: "ingest",
  summary: "Takes lines of access logs, plain or JSON, one after the other",
  parameters: [{
    name: "service",
    in: "query",
    description: "The service of lines that name none.",
    required: false,
    schema: { type: "string", minLength: 1, maxLength: 64 },
  }],
  requestBody: {
    required: true,
    description: "Up to 256 MiB, not compressed; read while the lines are taken.",
    content: {
      "text/plain": { schema: { type: "string" } },
      "application/x-ndjson": { schema: { type: "string" } },
    },
  },
  responses: {
    200: { description: "The answer.", content: { "application/json": { schema: INGEST_REPORT } } },
    ...Object.fromEntries([
      [400, "No line is in the format of ACCESS_FORMAT, or the body or a parameter is malformed."],
      [401, "METRICS_TOKEN is set, and the request does not carry it."],
      [403, "No token is set, and the request comes from another machine, or from a browser."],
      [404, "Access analytics is off."],
      [408, "The body comes too slowly."],
      [411, "There is no body."],
      [413, "The body is too large."],
      [415, "The body is compressed, or holds no lines."],
      [429, "Too many requests; Retry-After tells when to ask again."],
      [503, "Too many bodies at once; Retry-After tells when to try again."],
    ].map(([status, description]) => [status, { description }])),
  },
};

function operation({ isOptional, method, parameters, path, schema, summary }: ApiRoute): Schema {
  const hasPath = parameters.some(({ place }) => place === "path");
  const failure = (description: string) => ({
    description,
    content: { "text/plain": { schema: { type: "string" } } },
  });
  return {
    operationId: path.replace("/api/v1/", "").replace("/health-monitoring/", "health_")
      .replace(/\/\{(\w+)\}/, "_by_$1").replace("/", "_"),
    summary,
    parameters: [...parameters.map(parameterJson), ...method === "POST" ? [OWN_PAGE] : []],
    responses: {
      200: { description: "The answer.", content: { "application/json": { schema } } },
      ...method === undefined &&
        { 304: { description: "What If-None-Match names is still the answer." } },
      400: {
        description: "A parameter is refused.",
        content: { "application/json": { schema: FAULT } },
      },
      401: failure("METRICS_TOKEN is set, and the request does not carry it."),
      ...(hasPath || isOptional) && { 404: failure("There is no such thing, or it is off.") },
      429: failure("Too many requests; Retry-After tells when to ask again."),
    },
  };
}

/** The stream of events. */
function streamOperation(): Schema {
  const failure = (description: string) => ({
    description,
    content: { "text/plain": { schema: { type: "string" } } },
  });
  return {
    operationId: "events_stream",
    summary: STREAM_ROUTE.summary,
    description: "Server-sent events. A message without a name is an event, as `/api/v1/events` " +
      "has it; filters apply to these alone. `changed` has a list of what other answers show and " +
      "has changed: `alerts`, `devices`, `hosts`. `ready` is the first message. `gap` says that " +
      "events are missing here: they were dropped, or recorded by another process; " +
      "`/api/v1/events` has those that are kept. A comment comes at least every 15 s.",
    parameters: [...STREAM_ROUTE.parameters.map(parameterJson), {
      name: "Last-Event-ID",
      in: "header",
      required: false,
      description: "The id of the last message received: the stream goes on after it.",
      schema: { type: "string" },
    }],
    responses: {
      200: {
        description: "The stream; it ends when the server stops, or the login does.",
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
      400: {
        description: "A parameter is refused.",
        content: { "application/json": { schema: FAULT } },
      },
      401: failure("METRICS_TOKEN is set, and the request does not carry it."),
      404: failure("HISTORY=off: nothing is remembered."),
      429: failure("Too many requests; Retry-After tells when to ask again."),
      503: failure("Too many streams are open; Retry-After tells when to ask again."),
      505: failure("HTTP/1.0 has no way to send this."),
    },
  };
}

function parameterJson({ description, isRepeatable, name, place, schema }: Parameter): Schema {
  const isRequired = place === "path";
  return {
    name,
    in: place,
    description,
    required: isRequired,
    schema: isRepeatable ? list(schema, "Any of these.") : schema,
  };
}
