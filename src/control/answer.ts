/**
 * The body of an answer that is not 200, taken apart: who wrote it, and in which words.
 *
 * @module
 */

import { isJsonObject, parseJson } from "../json/json.ts";

/** An error body taken apart. */
export interface Answer {
  /** What kind of program wrote it, by its form. */
  readonly form:
    /** Tailscale's `{message}`, RFC 6749's `{error}`, or other JSON. */
    | "json"
    /** headscale's gateway, which has `code`, `message` and `details` of gRPC. */
    | "gateway"
    /** A web page: of a proxy, a firewall or a login. */
    | "html"
    /** Text, or nothing. */
    | "text";
  /** RFC 6749's `error`, "invalid_client". */
  readonly code: string | undefined;
  /** What the server says, to be quoted. */
  readonly words: string;
  /** The title of a web page. */
  readonly title: string | undefined;
}

/** Tailscale's `{message}`, RFC 6749's `{error, error_description}`, a web page or plain text. */
export function readAnswer(text: string): Answer {
  if (/^\s*</.test(text)) {
    const title = /<title[^>]{0,200}>([^<]{1,400})/i.exec(text)?.[1];
    return { form: "html", code: undefined, words: text, title };
  }
  const other: Answer = { form: "text", code: undefined, words: text, title: undefined };
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    return other;
  }
  if (!isJsonObject(body)) return other;
  const { code, details, message, error, error_description: description } = body;
  const words = [message, error, description].filter((part) =>
    typeof part === "string" && part !== ""
  );
  return {
    form: typeof code === "number" && Array.isArray(details) ? "gateway" : "json",
    code: typeof error === "string" ? error : undefined,
    words: words.length === 0 ? text : words.join(": "),
    title: undefined,
  };
}
