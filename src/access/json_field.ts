/**
 * Where the JSON lines of web servers have what an access line needs: the names of nginx'
 * variables, and those of Caddy and Traefik. Names of one's own come first.
 *
 * @module
 */

import { isJsonObject, type JsonObject } from "../json/json.ts";

/** A field of a JSON line that can be named by a setting. */
export type JsonField =
  | "time"
  | "address"
  | "forwarded"
  | "login"
  | "service"
  | "host"
  | "request"
  | "method"
  | "target"
  | "query"
  | "status"
  | "bytes"
  | "seconds"
  | "agent";

/** Where each field is found: paths of names, the first that leads to a value counts. */
export type JsonFields = ReadonlyMap<JsonField, readonly (readonly string[])[]>;

/** The names of each field, separated by blanks; a dot leads into an object. */
const NAMES: Readonly<Record<JsonField, string>> = {
  time: "time_iso8601 time_local msec ts StartUTC time timestamp @timestamp",
  address: "remote_addr request.client_ip request.remote_ip ClientHost remote_ip client_ip",
  forwarded: "http_x_forwarded_for request.headers.X-Forwarded-For request_X-Forwarded-For",
  login:
    "http_tailscale_user_login request.headers.Tailscale-User-Login request_Tailscale-User-Login",
  service: "service server_name ServiceName",
  host: "request.host RequestHost host http_host",
  request: "request",
  method: "request_method request.method RequestMethod method",
  target: "request_uri request.uri RequestPath uri path",
  query: "args query_string",
  status: "status DownstreamStatus",
  bytes: "body_bytes_sent bytes_sent size DownstreamContentSize",
  seconds: "request_time duration Duration",
  agent: "http_user_agent request.headers.User-Agent request_User-Agent user_agent",
};

/** Every {@linkcode JsonField}. */
export const JSON_FIELDS: readonly JsonField[] = Object.keys(NAMES) as JsonField[];

/** The fields' places, own names first. */
export function jsonFields(own: ReadonlyMap<JsonField, string> = new Map()): JsonFields {
  return new Map(JSON_FIELDS.map((field) => {
    const name = own.get(field);
    const known = NAMES[field].split(" ").map((path) => path.split("."));
    // An own name may itself hold dots, as flattened JSON has them.
    const first = name === undefined ? [] : [[name], name.split(".")];
    return [field, [...first, ...known]] as const;
  }));
}

/**
 * The first value that is a text or a number, and the name at the end of its path; of a list, as
 * Caddy writes headers, its first text.
 */
export function findJson(
  line: JsonObject,
  paths: readonly (readonly string[])[] = [],
): { readonly name: string; readonly value: string | number } | undefined {
  for (const path of paths) {
    let value: unknown = line;
    for (const name of path) {
      value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      if (value === undefined) break;
    }
    if (Array.isArray(value)) value = value[0];
    if (typeof value === "string" || typeof value === "number") {
      return { name: path.at(-1) ?? "", value };
    }
  }
  return undefined;
}
