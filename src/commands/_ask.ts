/**
 * One request to our own server, as the health check makes it.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";

/** What is asked, and where. */
export interface Question {
  /** An address without brackets, or a name. */
  readonly hostname: string;
  /** A TCP port. */
  readonly port: number;
  /** The method. */
  readonly method: "GET" | "HEAD";
  /** The path. */
  readonly path: string;
  /** Header fields to send. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/** What was answered. */
export interface Answer {
  /** The status. */
  readonly status: number;
  /** The body as text; empty for HEAD. */
  readonly body: string;
}

/** More than `/health` has; another program on the port must not fill the memory. */
export const MAX_ANSWER_BYTES = 65_536;

/**
 * Asks over plain HTTP.
 *
 * @throws {TypeError} If there is no answer in HTTP.
 */
export async function askPlain(question: Question): Promise<Answer> {
  const { headers, hostname, method, path, port, signal } = question;
  const url = `http://${bracketed(hostname)}:${port}${path}`;
  const response = await fetch(url, { headers, method, redirect: "manual", signal });
  return { status: response.status, body: await readBeginning(response) };
}

/** The body, cut after {@linkcode MAX_ANSWER_BYTES}. */
async function readBeginning({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const bytes of body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) break;
  }
  return text;
}
