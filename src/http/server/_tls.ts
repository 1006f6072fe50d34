/**
 * TLS over a connection that stays ours, so that closing it closes the socket.
 *
 * The platform's own TLS connections keep their socket after a close, until the client has gone on
 * with its handshake or has read what was written. A client that does neither costs a file
 * descriptor for each connection, beyond every limit.
 *
 * @module
 */

import process from "node:process";
import { Duplex } from "node:stream";
import { splitPem } from "./_client_ca.ts";
import type { Socket } from "./_socket.ts";

/** Most bytes of a read from the wire; requests are small. */
const READ_BYTES = 4 * 1024;
/** Most bytes of a write, so that no more than this is encrypted ahead of a slow client. */
const WRITE_BYTES = 64 * 1024;

/** Most bytes in a row that decrypt to nothing. Handshakes are shorter, and so is any record. */
const MAX_BARREN_BYTES = 64 * 1024;

/** What fails a read or write that is under way when the connection is closed here. */
const CLOSED = new Error("Cannot use a TLS connection that was closed");

/** What fails a write before the handshake. */
const EARLY = new Error("Cannot write to a TLS connection before its handshake");

/** Certificate chain and key as PEM texts. */
export interface TlsKeys {
  /** The chain, the server's certificate first. */
  readonly cert: string;
  /** The key of the server's certificate. */
  readonly key: string;
  /** Authorities of client certificates. Default: clients are asked for none. */
  readonly clientCa?: string | undefined;
}

/** Hands over the decrypted stream, and whether the client's certificate was verified. */
type OnSecure = (plain: Duplex, hasCertificate: boolean) => void;

/** Starts TLS over a stream; the second function hears of a handshake that fails. */
type Secure = (duplex: Duplex, onSecure: OnSecure, onError: (error: unknown) => void) => void;

/**
 * Makes the server's side of TLS 1.2 and 1.3, for HTTP/1.1.
 *
 * A client that is asked for a certificate may show none, or one that is not verified: probes have
 * none. {@linkcode Socket.hasCertificate} tells.
 *
 * @param keys A pair that fits: the platform takes one that does not, and fails each handshake.
 * @returns Gives the decrypted side of a connection. Its handshake runs with the first read.
 */
export function createTls(keys: TlsKeys): (wire: Socket) => Socket {
  const { clientCa } = keys;
  const secure = clientCa === undefined ? securePlainly(keys) : secureAsking(keys, clientCa);
  return (wire) => new TlsSocket(wire, secure);
}

const ALPN = ["http/1.1"];

function securePlainly({ cert, key }: TlsKeys): Secure {
  // Not imported: it takes memory, and most servers have no certificate.
  const { createSecureContext, TLSSocket } = process.getBuiltinModule("node:tls");
  const secureContext = createSecureContext({ cert, key });
  return (duplex, onSecure) =>
    onSecure(
      new TLSSocket(duplex, { isServer: true, secureContext, ALPNProtocols: ALPN }),
      false,
    );
}

/**
 * Uses the platform's server, which alone judges certificates: Deno 2.9.6 accepts any from a
 * `TLSSocket`, even with `rejectUnauthorized`. The server does not listen, and each connection has
 * one of its own, because nothing else tells which connection was secured.
 */
function secureAsking({ cert, key }: TlsKeys, clientCa: string): Secure {
  const { createServer } = process.getBuiltinModule("node:tls");
  const ca = [...splitPem(clientCa)];
  return (duplex, onSecure, onError) => {
    const server = createServer({
      cert,
      key,
      ca,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ALPN,
    });
    server.on("secureConnection", (plain) => onSecure(plain, plain.authorized));
    server.on("tlsClientError", onError);
    server.emit("connection", duplex);
  };
}

/** The decrypted side of a connection. */
class TlsSocket implements Socket {
  readonly #wire: Socket;
  readonly #duplex: Duplex;
  // Absent before the handshake where clients are asked for a certificate.
  #plain: Duplex | undefined;
  #hasCertificate = false;
  #readBytes = 0;
  #plainBytes = 0;
  #barrenBytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #hasEnded = false;
  #wakeReader: (() => void) | undefined;
  #failWriter: ((error: unknown) => void) | undefined;
  #onProgress: (() => void) | undefined;

  constructor(wire: Socket, secure: Secure) {
    this.#wire = wire;
    // Errors of the wire end it without the stream being told: Deno 2.9.6 never returns from that.
    const duplex: Duplex = new Duplex({
      read: () => void this.#pull(duplex),
      write: (bytes: Uint8Array, _encoding, done) => void this.#push(bytes, done),
      final: (done) => void this.#end(done),
    });
    this.#duplex = duplex;
    duplex.on("error", (error: unknown) => this.#fail(error));
    duplex.on("close", () => {
      if (this.#plain === undefined) this.#finishReading();
    });
    secure(duplex, (plain, has) => this.#open(plain, has), (error) => this.#fail(error));
  }

  /** Whether the client has shown a certificate that was verified; known after the first read. */
  get hasCertificate(): boolean {
    return this.#hasCertificate;
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const size = Math.min(into.length, this.#plain?.readableLength ?? 0);
      const bytes: unknown = this.#plain?.read(size);
      if (bytes instanceof Uint8Array) {
        into.set(bytes);
        this.#readBytes += bytes.length;
        return bytes.length;
      }
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  async write(bytes: Uint8Array, onProgress?: () => void): Promise<number> {
    const piece = bytes.subarray(0, WRITE_BYTES);
    this.#onProgress = onProgress;
    await this.#finish((plain, done) => plain.write(piece, done));
    this.#onProgress = undefined;
    return piece.length;
  }

  async closeWrite(): Promise<void> {
    await this.#finish((plain, done) => plain.end(done));
  }

  close(): void {
    this.#fail(CLOSED);
    this.#plain?.destroy();
    this.#duplex.destroy();
    this.#wire.close();
  }

  /** Waits for a write; one at a time. */
  #finish(
    start: (plain: Duplex, done: (error?: Error | null) => void) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.error);
      if (this.#plain === undefined) return reject(EARLY);
      this.#failWriter = reject;
      start(this.#plain, (error) => error ? reject(error) : resolve());
    });
  }

  #open(plain: Duplex, hasCertificate: boolean): void {
    this.#plain = plain;
    this.#hasCertificate = hasCertificate;
    plain.on("error", (error: unknown) => this.#fail(error));
    plain.on("readable", () => this.#wake());
    for (const name of ["end", "close"]) plain.on(name, () => this.#finishReading());
    this.#wake();
  }

  #finishReading(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async #pull(duplex: Duplex): Promise<void> {
    try {
      const bytes = new Uint8Array(READ_BYTES);
      const count = await this.#wire.read(bytes);
      this.#bound(count ?? 0);
      duplex.push(count === null ? null : bytes.subarray(0, count));
      // Of an end before the handshake the platform's server tells nothing.
      if (count === null && this.#plain === undefined) this.#finishReading();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Bounds what the platform keeps: it says nothing of records that it cannot decrypt after the
   * handshake, and stores them for ever.
   */
  #bound(count: number): void {
    const plainBytes = this.#readBytes + (this.#plain?.readableLength ?? 0);
    if (plainBytes > this.#plainBytes) this.#barrenBytes = 0;
    this.#plainBytes = plainBytes;
    this.#barrenBytes += count;
    if (this.#barrenBytes > MAX_BARREN_BYTES) {
      throw new RangeError(
        `Cannot decrypt what a client sent: ${this.#barrenBytes} bytes without content`,
      );
    }
  }

  async #push(bytes: Uint8Array, done: () => void): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        at += await this.#wire.write(bytes.subarray(at));
        if (at < bytes.length) this.#onProgress?.();
      }
    } catch (error) {
      return this.#fail(error);
    }
    done();
  }

  async #end(done: () => void): Promise<void> {
    try {
      await this.#wire.closeWrite();
    } catch (error) {
      return this.#fail(error);
    }
    done();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#failWriter?.(error);
    this.#wake();
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }
}
