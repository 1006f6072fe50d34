/**
 * A forward from a port, or from a socket of its own, to tailscaled's socket, as socat would be,
 * that keeps what tailscaled answered; or that answers in its place.
 *
 * @module
 */

/** One call and its answer. */
export interface Exchange {
  /** Method and target, "GET /localapi/v0/status". */
  readonly request: string;
  /** The headers of the request as they came, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The status code. */
  readonly status: number;
  /** The body without the framing of chunks. */
  readonly body: string;
}

/** The body that it answers with in tailscaled's place; undefined passes the call on. */
export type StandIn = (request: string) => Uint8Array | undefined;

const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

/** The forward; it listens until it is disposed of. */
export class Recorder implements AsyncDisposable {
  /** All that tailscaled answered, in the order of the answers' ends. */
  readonly exchanges: Exchange[] = [];
  /** Answers in tailscaled's place; Default: none. */
  standIn: StandIn = () => undefined;
  readonly #listener: Deno.Listener;
  readonly #socket: string;
  #isClosed = false;
  readonly #work = new Set<Promise<void>>();
  readonly #connections = new Set<Deno.Conn>();

  /**
   * Opens a port of the loopback.
   *
   * @param socket tailscaled's.
   * @param path A socket to open instead of the port.
   */
  constructor(socket: string, path?: string) {
    this.#socket = socket;
    this.#listener = path === undefined
      ? Deno.listen({ hostname: "127.0.0.1", port: 0 })
      : Deno.listen({ transport: "unix", path });
    this.#start(this.#accept());
  }

  /** What LOCALAPI_URL is to be. */
  get url(): string {
    const { addr } = this.#listener;
    if (addr.transport !== "tcp") throw new TypeError("It listens at a socket");
    return `http://127.0.0.1:${addr.port}`;
  }

  /** The answers to calls that match. */
  answers(pattern: RegExp): readonly Exchange[] {
    return this.exchanges.filter(({ request }) => pattern.test(request));
  }

  /** Ends connections and port; does nothing the second time. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #start(work: Promise<void>): void {
    const ended = work.catch(() => {}).finally(() => this.#work.delete(ended));
    this.#work.add(ended);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#start(this.#serve(client));
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    try {
      const head = await readHead(client);
      // Over a socket the target is a whole URL.
      const request = (head.split(" HTTP/")[0] ?? "").replace(/http:\/\/[^/]+/, "");
      const body = this.standIn(request);
      if (body !== undefined) return await say(client, body);
      const answer = await this.#passOn(client, head);
      this.exchanges.push({ request, headers: headersOf(head), ...readAnswer(answer) });
    } finally {
      this.#connections.delete(client);
      close(client);
    }
  }

  /** What the server said, once it has ended. */
  async #passOn(client: Deno.Conn, head: string): Promise<Uint8Array> {
    const server = await Deno.connect({ transport: "unix", path: this.#socket });
    this.#connections.add(server);
    const parts: Uint8Array[] = [];
    try {
      await writeAll(server, ENCODER.encode(head));
      // The program ends a connection when it has its answer; tailscaled follows.
      this.#start(copy(client, server).then(() => server.closeWrite()));
      await copy(server, client, (part) => parts.push(part));
    } finally {
      this.#connections.delete(server);
      close(server);
    }
    return joined(parts);
  }
}

/** The head of a request, and what of its body came with it. */
async function readHead(client: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(16 * 1024);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await client.read(buffer);
    if (length === null) throw new Error("It ended before its head did");
    head += DECODER.decode(buffer.subarray(0, length));
  }
  return head;
}

async function say(client: Deno.Conn, body: Uint8Array): Promise<void> {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  await writeAll(client, ENCODER.encode(head));
  await writeAll(client, body);
}

async function copy(
  from: Deno.Conn,
  to: Deno.Conn,
  each: (part: Uint8Array) => void = () => {},
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let length; (length = await from.read(buffer)) !== null;) {
    each(buffer.slice(0, length));
    await writeAll(to, buffer.subarray(0, length));
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await to.write(rest));
}

function readAnswer(bytes: Uint8Array): { readonly status: number; readonly body: string } {
  const text = DECODER.decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  const status = Number(text.slice(9, 12));
  const start = ENCODER.encode(text.slice(0, end + 4)).length;
  const rest = bytes.subarray(start);
  const isChunked = headersOf(text.slice(0, end + 2)).get("transfer-encoding") === "chunked";
  return { status, body: DECODER.decode(isChunked ? unchunked(rest) : rest) };
}

function unchunked(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = DECODER.decode(bytes.subarray(at, at + 20)).split("\r\n")[0] ?? "";
    const length = parseInt(line, 16);
    if (!(length > 0)) break;
    at += line.length + 2;
    parts.push(bytes.subarray(at, at + length));
    at += length + 2;
  }
  return joined(parts);
}

function headersOf(head: string): ReadonlyMap<string, string> {
  const lines = head.split("\r\n").slice(1).map((line) => /^([^:]+):\s*(.*)$/.exec(line));
  return new Map(
    lines.flatMap((found) =>
      found === null ? [] : [[(found[1] ?? "").toLowerCase(), found[2] ?? ""]]
    ),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    // The other side of the forward may have done it.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
