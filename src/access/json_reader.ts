/**
 * Reads JSON lines into access lines: those of nginx with `escape=json`, of Caddy, of Traefik, and
 * of other programs whose names are configured.
 *
 * @module
 */

import { isJsonObject, type JsonObject, parseJson } from "../json/json.ts";
import { findJson, type JsonField, type JsonFields, jsonFields } from "./json_field.ts";
import { type AccessLine, type BadLine, boundText } from "./line.ts";
import {
  isMethod,
  readAddress,
  readIsoTime,
  readLocalTime,
  readNumber,
  readRequestLine,
  readStatus,
  readUnixTime,
  splitTarget,
} from "./value.ts";

/** A number of seconds since 1970 above this counts as milliseconds; in seconds it is year 5138. */
const MAX_UNIX_SECONDS = 1e11;

/** Where Fluent Bit and Docker (`log`), Vector (`message`) and others put a line. */
const WRAPPERS: readonly (readonly string[])[] = [["log"], ["message"], ["line"]];

/** Reads JSON lines. */
export class JsonReader {
  readonly #fields: JsonFields;

  /**
   * A reader.
   *
   * @param own Names of one's own, which come before the known ones. Default: none.
   */
  constructor(own?: ReadonlyMap<JsonField, string>) {
    this.#fields = jsonFields(own);
  }

  /** The request that a line tells, or why the line is refused. */
  read(line: string): AccessLine | BadLine {
    const object = parseLine(line);
    if (object === undefined) return "json";
    const address = readAddress(this.#text(object, "address") ?? "");
    if (address === undefined) return "address";
    const status = readStatus(this.#text(object, "status") ?? "");
    if (status === undefined) return "status";
    const time = findJson(object, this.#fields.get("time"));
    const atMs = time && readTime(time.value);
    if (time !== undefined && atMs === undefined) return "time";
    return {
      atMs,
      address,
      status,
      ...this.#request(object),
      forwarded: boundText(this.#text(object, "forwarded")),
      login: boundText(this.#text(object, "login")),
      service: boundText(this.#text(object, "service")),
      host: boundText(this.#text(object, "host")),
      bytes: readNumber(this.#text(object, "bytes") ?? ""),
      seconds: this.#seconds(object),
      agent: boundText(this.#text(object, "agent")),
    };
  }

  /**
   * The line that a shipper has wrapped, in a field `log`, `message` or `line`; undefined if there
   * is none.
   */
  wrapped(line: string): string | undefined {
    const found = findJson(parseLine(line) ?? {}, WRAPPERS)?.value;
    return typeof found === "string" ? found.trimEnd() : undefined;
  }

  #text(object: JsonObject, field: JsonField): string | undefined {
    const value = findJson(object, this.#fields.get(field))?.value;
    // nginx writes "" and Traefik "-" for what is not there.
    return value === undefined || value === "" || value === "-" ? undefined : String(value);
  }

  #seconds(object: JsonObject): number | undefined {
    const found = findJson(object, this.#fields.get("seconds"));
    if (found === undefined) return undefined;
    const seconds = Number(found.value);
    if (found.value === "" || !(seconds >= 0) || seconds === Infinity) return undefined;
    // Traefik writes nanoseconds.
    return found.name === "Duration" ? seconds / 1e9 : seconds;
  }

  #request(object: JsonObject): Pick<AccessLine, "method" | "path" | "query"> {
    const line = readRequestLine(this.#text(object, "request") ?? "");
    const method = line?.method ?? this.#text(object, "method");
    const target = line?.target ?? this.#text(object, "target");
    const { path, query } = target === undefined
      ? { path: undefined, query: undefined }
      : splitTarget(target);
    return {
      method: method !== undefined && isMethod(method) ? method : undefined,
      path: boundText(path),
      query: boundText(query ?? this.#text(object, "query")),
    };
  }
}

function parseLine(line: string): JsonObject | undefined {
  try {
    const value = parseJson(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readTime(value: string | number): number | undefined {
  if (typeof value === "string") {
    return readIsoTime(value) ?? readLocalTime(value) ?? readUnixTime(value);
  }
  if (!(value >= 0) || value > 8.64e15) return undefined;
  return Math.round(value > MAX_UNIX_SECONDS ? value : value * 1000);
}
