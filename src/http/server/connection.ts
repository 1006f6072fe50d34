/**
 * One connection of HTTP/1.1: heads in, answers out, one after the other, until either side ends
 * it. A connection holds one request at most, read after the answer before, and never more bytes of
 * it than a head may have. When it ends for taking too long, or for want of room, is decided in
 * `connections.ts`.
 *
 * HTTP/2 is not spoken: the platform's server keeps 200 requests of a connection in memory for
 * answers that the client has forbidden to send, and offers no bound.
 *
 * @module
 */

import { type HeadBuffers, HeadReader } from "./_head_reader.ts";
import { requestOf } from "./_platform_request.ts";
import { BAD_HEAD, type Head, type HeadFault } from "./_request_head.ts";
import { RequestBody } from "./request_body.ts";
import { BrokenBodyError, sendAnswer } from "./_send.ts";
import type { Socket } from "./_socket.ts";
import type { Remote } from "./remote.ts";
import { finishReply, StreamReply, textReply } from "../reply.ts";

/** Options for {@linkcode Connection}. */
export interface ConnectionOptions {
  /** The other end's address. */
  readonly hostname: string;
  /** The other end's port. Default: not told. */
  readonly port?: number | undefined;
  /** Whether the connection has TLS, which the URLs of its requests then tell. */
  readonly isTls: boolean;
  /** Answers a request. */
  readonly handler: (request: Request, remote: Remote) => Response | Promise<Response>;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
  /** The time for `Date` headers. */
  readonly date: () => string;
  /** Hears of a handler that threw and of a body that broke off; the client hears nothing. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Yields a turn of the event loop now and then; called after each answer. */
  readonly yieldTurn: () => Promise<void> | undefined;
  /** Has the buffers of heads that outgrow the connection's own one. */
  readonly buffers: HeadBuffers;
}

/** What a connection is doing. */
export type Phase =
  /** Nothing was sent since the last answer, or since it was opened. */
  | "idle"
  /** A head has begun. */
  | "head"
  /** A request is being answered. */
  | "answer"
  /** The answer waits for more of the request's body. */
  | "body"
  /** The last answer was sent; what the client still sends is thrown away. */
  | "rest";

/** Answers that a connection carries, so that unread ones cannot pile up in the system. */
const MAX_ANSWERS = 1_000;
/** Bytes thrown away after the last answer; a client that sends more sees a reset. */
const MAX_REST_BYTES = 256 * 1024;

/** A connection that is being served. */
export class Connection {
  /** The other end's address. */
  readonly hostname: string;
  /** The other end's port. Default: not told. */
  readonly port?: number | undefined;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #heads: HeadReader;
  #phase: Phase = "idle";
  #sinceMs: number;
  #isLast = false;
  #isWriting = false;

  /** Nothing is read before {@linkcode Connection.run}. */
  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#heads = new HeadReader(socket, {
      buffers: options.buffers,
      onBegun: () => {
        if (this.#phase === "idle") this.#enter("head");
      },
      onEmpty: () => this.#enter("idle"),
    });
    this.hostname = options.hostname;
    this.#sinceMs = options.now();
  }

  /** What it is doing. */
  get phase(): Phase {
    return this.#phase;
  }

  /**
   * When the phase began, or, of an answer, when its last write began or the system last took some
   * bytes of it. Each wait for a body is a phase of its own.
   */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Whether an answer waits for its client, to read or to send; not while it is being made. */
  get isBlocked(): boolean {
    return this.#isWriting || this.#phase === "body";
  }

  /** Whether it has a buffer of those that are shared. */
  get isHolding(): boolean {
    return this.#heads.isHolding;
  }

  /** Serves requests until the connection ends; never rejects. */
  async run(): Promise<void> {
    try {
      for (let count = 1; await this.#serveOne(count); count++);
    } catch {
      // The peer went away, or the connection was closed here.
    } finally {
      this.close();
      this.#heads.release();
    }
  }

  /** Ends it at once. */
  close(): void {
    try {
      this.#socket.close();
    } catch {
      // It is closed already.
    }
  }

  /**
   * Ends it after the answer that is under way, at once if there is none, or if it waits for a
   * body: the client then knows that it has to send it again.
   */
  stop(): void {
    this.#isLast = true;
    if (this.#phase !== "answer") this.close();
  }

  async #serveOne(count: number): Promise<boolean> {
    const head = await this.#heads.next();
    if (head === undefined) return false;
    this.#enter("answer");
    const completed = Promise.withResolvers<void>();
    const isFault = "status" in head;
    const body = isFault ? undefined : this.#bodyOf(head);
    const response = await this.#answer(head, completed.promise, body);
    // Hardly a client sends a request before it has the last answer, and a flood of them would
    // keep this loop busy.
    const isStream = response instanceof StreamReply;
    const isRestLeft = isFault ||
      (!isStream && (body?.isFinished === false || this.#heads.hasBytes));
    try {
      const isKeptOpen = await sendAnswer(this.#socket, response, {
        isHead: !isFault && head.method === "HEAD",
        isOld: !isFault && head.isOld,
        isKeptOpen: !isRestLeft && head.isKeptOpen && !this.#isLast && count < MAX_ANSWERS,
        date: this.#options.date(),
        onWrite: () => this.#mark(true),
        onProgress: () => this.#mark(false),
        ...isStream && { gone: this.#watch() },
      });
      if (isKeptOpen && !this.#isLast) {
        this.#enter("idle");
        await this.#options.yieldTurn();
        return true;
      }
    } catch (error) {
      if (error instanceof BrokenBodyError) this.#options.onError?.(error.cause);
      throw error;
    } finally {
      completed.resolve();
    }
    this.#enter("rest");
    // TLS says so, too: without it a client cannot tell the end from an answer that was cut off.
    await this.#socket.closeWrite();
    if (!isRestLeft) return false;
    // So that no reset overtakes the answer; `connections.ts` ends it.
    this.#heads.release();
    await this.#heads.skip(MAX_REST_BYTES);
    return false;
  }

  /**
   * Reads while a stream is sent, to notice at once when the client goes. What it sends is thrown
   * away: the connection ends with the stream.
   *
   * @returns Aborted when the client has gone.
   */
  #watch(): AbortSignal {
    const gone = new AbortController();
    const watch = async () => {
      await this.#heads.skip(MAX_REST_BYTES);
      gone.abort();
      this.close();
    };
    // Rejects when the connection is closed here or reset.
    watch().catch(() => gone.abort());
    return gone.signal;
  }

  /** The body that a head tells of. */
  #bodyOf({ bodyLength, expectsContinue }: Head): RequestBody | undefined {
    const first = this.#heads.takeRest();
    if (bodyLength === undefined || first === undefined) return undefined;
    return new RequestBody({
      socket: this.#socket,
      length: bodyLength,
      first,
      expectsContinue,
      now: this.#options.now,
      onWait: (isWaiting) => this.#enter(isWaiting ? "body" : "answer"),
    });
  }

  async #answer(
    head: Head | HeadFault,
    completed: Promise<void>,
    body: RequestBody | undefined,
  ): Promise<Response> {
    if ("status" in head) return refuse(head);
    const { hostname, isTls, handler, onError, port } = this.#options;
    try {
      const request = requestOf(head, isTls ? "https" : "http");
      if (request === "method") {
        return finishReply(textReply(405, "Method Not Allowed\n", { allow: "GET, HEAD" }), "GET");
      }
      if (request === "target") return refuse(BAD_HEAD);
      const hasCertificate = this.#socket.hasCertificate === true;
      const { isOld } = head;
      return await handler(request, {
        hostname,
        port,
        connection: this,
        hasCertificate,
        isOld,
        completed: () => completed,
        ...body !== undefined && { body },
      });
    } catch (error) {
      onError?.(error);
      return textReply(500, "Internal Server Error\n");
    }
  }

  #mark(isWriting: boolean): void {
    this.#isWriting = isWriting;
    this.#sinceMs = this.#options.now();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = this.#options.now();
  }
}

function refuse({ status, reason }: HeadFault): Response {
  return finishReply(textReply(status, `${reason}\n`), "GET");
}
