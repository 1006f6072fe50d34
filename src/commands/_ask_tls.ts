/**
 * Asks our own server over TLS, by its address instead of its name.
 *
 * The certificate is for the server's public name, perhaps by a private authority, so `fetch` would
 * refuse it. Instead of verifying it, this compares it with the certificate of the settings, before
 * anything is sent.
 *
 * @module
 */

import { connect, type TLSSocket } from "node:tls";
import { type Answer, MAX_ANSWER_BYTES, type Question } from "./_ask.ts";

/**
 * Asks once, on a connection of its own.
 *
 * @param certPem The certificate that the server must show, the first one of this text.
 * @throws {TypeError} If the server shows another certificate or does not answer in HTTP.
 */
export async function askTls(question: Question, certPem: string): Promise<Answer> {
  const { hostname, port, signal } = question;
  // Deno and Node differ in the type of `AbortSignal`; the socket is destroyed by hand instead.
  const socket = connect({ host: hostname, port, servername: "", rejectUnauthorized: false });
  try {
    return parseAnswer(await exchange(socket, question, certPem, signal));
  } finally {
    socket.destroy();
  }
}

function exchange(
  socket: TLSSocket,
  { headers, method, path }: Question,
  certPem: string,
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  socket.setEncoding("utf8");
  socket.on("error", reject);
  socket.on("close", () => resolve(text));
  socket.on("data", (part: string) => {
    text += part;
    if (text.length > MAX_ANSWER_BYTES) resolve(text);
  });
  socket.on("secureConnect", () => {
    if (!isSame(socket.getPeerCertificate().raw, derOf(certPem))) {
      reject(new TypeError("the server shows another certificate than that of TLS_CERT_PEM"));
      return;
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join("")}\r\n`,
    );
  });
  return promise;
}

/** Status and body; our JSON answers come in one piece, not in chunks. */
function parseAnswer(text: string): Answer {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  if (status === undefined) throw new TypeError("the answer is not HTTP");
  const end = text.indexOf("\r\n\r\n");
  return { status: Number(status), body: end < 0 ? "" : text.slice(end + 4) };
}

function derOf(certPem: string): Uint8Array {
  const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(certPem) ?? [];
  return Uint8Array.fromBase64(base64);
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, index) => byte === b[index]);
}
