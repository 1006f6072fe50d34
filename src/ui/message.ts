/**
 * Reads the messages of an event stream, whichever way its bytes are cut.
 *
 * Source: WHATWG HTML, 9.2.6 Interpreting an event stream
 *
 * @module
 */

/** One message. */
export interface Message {
  /** Its name; "message" for one without. */
  readonly event: string;
  /** Its data, several lines joined. */
  readonly data: string;
  /** Its id, if it has one. */
  readonly id: string | undefined;
  /** When to come back after the stream has ended, in milliseconds, if it says so. */
  readonly retryMs: number | undefined;
}

/** Characters of a message after which a stream is given up. */
const MAX_CHARACTERS = 1_000_000;

/**
 * The messages of a stream; comments and messages without data are left out.
 *
 * @param signal Ends it.
 * @param onBytes Called when bytes arrive.
 * @throws What the stream or the signal says; `RangeError` if a message is too long.
 */
export async function* readMessages(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onBytes: () => void,
): AsyncGenerator<Message> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const cancel = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      onBytes();
      rest += decoder.decode(value, { stream: true });
      const parts = rest.split(/\r?\n\r?\n/);
      rest = parts.pop() ?? "";
      if (rest.length > MAX_CHARACTERS) throw new RangeError("Cannot read a message: too long");
      for (const part of parts) {
        const message = readMessage(part);
        if (message !== undefined) yield message;
      }
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

function readMessage(text: string): Message | undefined {
  let [event, id, retryMs]: [string, string | undefined, number | undefined] = [
    "message",
    undefined,
    undefined,
  ];
  const data: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ""] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "event" && value !== "") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id") id = value;
    else if (name === "retry" && /^\d{1,9}$/.test(value)) retryMs = Number(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n"), id, retryMs };
}
