/**
 * One request and its answer on a connection: what is sent, what comes, and whether the connection
 * is still good for another. Reads ahead as far as one piece goes: nearly always that is the whole
 * answer, and nothing has to be waited for again.
 *
 * @module
 */

import type { Deadline } from "./_deadline.ts";
import type { Head, HeadReader } from "./_response_head.ts";
import { Inbox, INBOX_BYTES } from "./_inbox.ts";
import type { PageAnswer } from "./_page_request.ts";
import type { ReadBudget } from "./_read_budget.ts";

/** A connection; a `Deno.TcpConn` is one. */
export interface PageConnection {
  /** Sends a part of the bytes; how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Fills a part of the array; how much, or null at the end. */
  read(bytes: Uint8Array): Promise<number | null>;
  /** Ends it; what is being read or written rejects. */
  close(): void;
}

/** What an {@linkcode Exchange} needs. */
export interface ExchangeOptions {
  /** Exclusive until the end. */
  readonly connection: PageConnection;
  /** Ends the connection when it is over. */
  readonly deadline: Deadline;
  /** Reads the head. */
  readonly heads: HeadReader;
  /** Shares the event loop among all exchanges. */
  readonly budget: ReadBudget;
  /** Holds the request and then the answer; of at least {@linkcode INBOX_BYTES}. */
  readonly memory: Uint8Array<ArrayBuffer> | undefined;
  /** Takes the connection back if it is good for another exchange. */
  readonly keep: (connection: PageConnection) => void;
}

/** What stands before the path, between path and host, and behind the host in a request. */
const BEFORE_PATH = "GET ",
  BEFORE_HOST = " HTTP/1.1\r\nHost: ",
  BEHIND_HOST = "\r\nAccept: text/plain;version=0.0.4\r\nUser-Agent: tsmetrics\r\n\r\n";

/** A request that is sent once, and its answer. */
export class Exchange implements PageAnswer {
  readonly #options: ExchangeOptions;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #inbox: Inbox;
  #head: Head | undefined;
  #isOpen = true;

  /** An exchange that has not begun. */
  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new Uint8Array(INBOX_BYTES);
    this.#inbox = new Inbox(options.heads, this.#memory);
  }

  /** Whether anything of an answer has come. */
  get hasBegun(): boolean {
    return this.#inbox.hasBegun;
  }

  /** The status; 0 before {@linkcode Exchange.send} is through. */
  get status(): number {
    return this.#head?.status ?? 0;
  }

  /** A header by its name in lower case. */
  header(name: string): string | null {
    return this.#head?.headers.get(name) ?? null;
  }

  /**
   * Sends the request and waits for the head of the answer.
   *
   * @param authority Host and port, ASCII like the path.
   * @param path What stands behind them in the address.
   * @throws What the platform throws if the connection breaks, {@linkcode SyntaxError} if what
   * comes is no answer; the connection is closed then, as it is when the deadline is over.
   */
  async send(authority: string, path: string): Promise<void> {
    const { connection, deadline } = this.#options;
    try {
      deadline.throwIfPassed();
      deadline.onOver = () => this.#end(false);
      const bytes = this.#write(authority, path);
      let sent = await connection.write(bytes);
      while (sent < bytes.length) {
        deadline.throwIfPassed();
        sent += await connection.write(bytes.subarray(sent));
      }
      let head: Head | undefined;
      while ((head = this.#inbox.takeHead()) === undefined) {
        if (!await this.#receive()) throw endedEarly();
      }
      checkCoding(head);
      this.#head = head;
    } catch (error) {
      this.#end(false);
      throw error;
    }
  }

  /**
   * The body, in memory that is the caller's from then on.
   *
   * @throws {RangeError} If it is longer than `maxBytes`.
   * @throws {SyntaxError} If its chunks cannot be read.
   */
  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    return this.#takePage(maxBytes, false) ?? this.#readRest(maxBytes);
  }

  /** Ends the connection, instead of reading the body. */
  cancel(): Promise<void> {
    this.#end(false);
    return Promise.resolve();
  }

  async #readRest(maxBytes: number): Promise<Uint8Array> {
    const isEndless = this.#head?.bodyEnd === "connection";
    for (;;) {
      const hasMore = await this.#receive();
      if (!hasMore && !isEndless) throw endedEarly();
      const page = this.#takePage(maxBytes, !hasMore);
      if (page === undefined) continue;
      // The caller parses it at once, which takes longer than reading it did.
      await this.#options.budget.spend(page.length);
      return page;
    }
  }

  #takePage(maxBytes: number, isLast: boolean): Uint8Array | undefined {
    const { bodyEnd = 0, keepsAlive = false } = this.#head ?? {};
    const page = this.#inbox.takePage(bodyEnd, maxBytes, isLast);
    if (page !== undefined) this.#end(keepsAlive && this.#inbox.isEmpty);
    return page;
  }

  /** Whether something came, and not the end. */
  async #receive(): Promise<boolean> {
    const { budget, connection, deadline } = this.#options;
    const count = await connection.read(this.#inbox.room());
    if (count === null) return false;
    const turn = budget.spend(count);
    if (turn !== undefined) await turn;
    deadline.throwIfPassed();
    this.#inbox.receive(count);
    return true;
  }

  #end(keeps: boolean): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { connection, deadline, keep } = this.#options;
    deadline.onOver = undefined;
    if (keeps) keep(connection);
    else connection.close();
  }

  /** Puts the request into the memory that the answer will come into. */
  #write(authority: string, path: string): Uint8Array {
    const length = BEFORE_PATH.length + path.length + BEFORE_HOST.length + authority.length +
      BEHIND_HOST.length;
    // A redirect may lead to an address of any length.
    const memory = length > this.#memory.length ? new Uint8Array(length) : this.#memory;
    let at = 0;
    for (const text of [BEFORE_PATH, path, BEFORE_HOST, authority, BEHIND_HOST]) {
      for (let from = 0; from < text.length; from++) memory[at++] = text.charCodeAt(from);
    }
    return memory.subarray(0, length);
  }
}

function endedEarly(): Error {
  return new Error("connection closed before the end of the response");
}

/** A page is never asked for in a coding: what comes in one cannot be read, and may swell. */
function checkCoding({ headers }: Head): void {
  const coding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (coding !== "identity") throw new SyntaxError("wanted no Content-Encoding, got one");
}
