/**
 * What a web server's variables are: which characters their values may have, which decides whether
 * a format can be read back, and which part of an access line they fill. A variable that is not
 * listed may hold any text, and fills nothing.
 *
 * Source: nginx, ngx_http_log_module and "Alphabetical index of variables"
 *
 * @module
 */

/** How a web server escapes values: the parameter `escape` of nginx' `log_format`. */
export type Escape =
  /** `"`, `\`, controls and bytes above 126 as `\xHH`; an empty value as `-`. */
  | "default"
  /** As in a JSON string. */
  | "json"
  /** Not at all. */
  | "none";

/** The characters that a value may have. */
export type Alphabet =
  /** Digits, `.` and `-`. */
  | "number"
  /** Letters and digits of ASCII, and `.`, `:`, `-`, `_`, `/` and `%`. */
  | "token"
  /** No blanks, no control characters and no quotes. */
  | "word"
  /** Whatever the escape leaves. */
  | "text";

/** What a value is for. */
export type Role =
  | "address"
  | "forwarded"
  | "login"
  | "service"
  | "host"
  | "local_time"
  | "iso_time"
  | "unix_time"
  | "request"
  | "method"
  | "target"
  | "path"
  | "query"
  | "status"
  | "bytes"
  | "seconds"
  | "agent";

/** One variable. */
export interface Variable {
  /** The characters of its values. */
  readonly alphabet: Alphabet;
  /** The length of every value, where all have the same. */
  readonly length?: number;
  /** What it fills; absent = nothing. */
  readonly role?: Role;
}

const TEXT: Variable = { alphabet: "text" };
const WORD: Variable = { alphabet: "word" };
const TOKEN: Variable = { alphabet: "token" };
const NUMBER: Variable = { alphabet: "number" };

const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ["remote_addr", { ...TOKEN, role: "address" }],
  ["http_x_forwarded_for", { ...TEXT, role: "forwarded" }],
  ["http_tailscale_user_login", { ...TEXT, role: "login" }],
  ["server_name", { ...WORD, role: "service" }],
  ["host", { ...WORD, role: "host" }],
  ["http_host", { ...TEXT, role: "host" }],
  ["time_local", { ...TOKEN, length: 26, role: "local_time" }],
  ["time_iso8601", { ...TOKEN, length: 25, role: "iso_time" }],
  ["msec", { ...NUMBER, role: "unix_time" }],
  ["request", { ...TEXT, role: "request" }],
  ["request_method", { ...TOKEN, role: "method" }],
  ["request_uri", { ...TEXT, role: "target" }],
  ["uri", { ...TEXT, role: "path" }],
  ["document_uri", { ...TEXT, role: "path" }],
  ["args", { ...TEXT, role: "query" }],
  ["query_string", { ...TEXT, role: "query" }],
  ["status", { ...NUMBER, length: 3, role: "status" }],
  ["body_bytes_sent", { ...NUMBER, role: "bytes" }],
  ["bytes_sent", { ...NUMBER, role: "bytes" }],
  ["request_time", { ...NUMBER, role: "seconds" }],
  ["http_user_agent", { ...TEXT, role: "agent" }],
  ["realip_remote_addr", TOKEN],
  ["server_addr", TOKEN],
  ["remote_port", NUMBER],
  ["scheme", TOKEN],
  ["server_protocol", TOKEN],
  ["server_port", NUMBER],
  ["request_length", NUMBER],
  ["request_id", TOKEN],
  ["connection", NUMBER],
  ["connection_requests", NUMBER],
  ["pid", NUMBER],
  ["pipe", TOKEN],
  ["hostname", WORD],
]);

/** The variable of a name without its `$`; any text for an unknown one. */
export function variableOf(name: string): Variable {
  return VARIABLES.get(name) ?? TEXT;
}

/** Whether a value may have a character, where the web server has escaped it so. */
export function mayHold({ alphabet }: Variable, character: string, escape: Escape): boolean {
  if (alphabet === "number") return /^[\d.-]$/.test(character);
  if (alphabet === "token") return /^[\w.:/%-]$/.test(character);
  if (alphabet === "word") return !/^[\s\p{Cc}"]$/u.test(character);
  if (escape === "none") return true;
  // Escaped by both, so that a quote in a format always ends a value.
  if (character === '"') return false;
  return escape === "json" ? character >= " " : character >= " " && character <= "~";
}
