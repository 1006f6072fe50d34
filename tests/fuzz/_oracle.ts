/**
 * Talks to the oracle, a program made of Prometheus' own parser (`oracle/main.go`): what a server
 * reads on a device's page, and on the page that we make of it.
 *
 * @module
 */

/** A page of a device and what we made of it. */
export interface Question {
  /** The Content-Type of the device's page. */
  readonly contentType: string;
  /** The device's page. */
  readonly page: Uint8Array;
  /** Our page in both formats; undefined if we refused the device's. */
  readonly ours: { readonly text: Uint8Array; readonly openmetrics: Uint8Array } | undefined;
}

/** A sample as a server would store it. */
export interface OracleSample {
  /** Its name. */
  readonly name: string;
  /** Its labels, the name among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its value. */
  readonly value: string;
  /** Whether the series came before on the same page. */
  readonly earlier: boolean;
}

/** What differs; empty if we read the page as a server does, and ours is valid. */
export interface OracleAnswer {
  /** Why a server refuses the device's page. */
  readonly device?: string;
  /** Why it refuses our page in text format 0.0.4. */
  readonly text?: string;
  /** Why it refuses our page in OpenMetrics. */
  readonly openmetrics?: string;
  /** Samples of the device's page that are not on ours. */
  readonly missing?: readonly OracleSample[];
  /** Samples of our page that are not on the device's. */
  readonly extra?: readonly OracleSample[];
  /** Samples that only one of our formats has. */
  readonly formats?: readonly OracleSample[];
  /** How many samples of the device have a label that cannot stand on our page. */
  readonly cut?: number;
  /** The first TYPE of each family of the device's page, if samples are missing. */
  readonly types?: Readonly<Record<string, string>>;
}

/** Stands for the length of a page of ours that is not there. */
const REFUSED = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Where `tests/e2e/install.sh` builds the program. */
export function oraclePath(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${Deno.env.get("TSMETRICS_E2E_CACHE") ?? `${cache}/tsmetrics-e2e`}/oracle/oracle`;
}

/** A running oracle. */
export class Oracle implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = new Uint8Array(0);

  /**
   * Starts one.
   *
   * @param path Of the program: {@linkcode oraclePath}.
   */
  constructor(path: string) {
    const options = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
    this.#child = new Deno.Command(path, options).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
  }

  /** Asks many questions at once; the answers in the same order. */
  async ask(questions: readonly Question[]): Promise<readonly OracleAnswer[]> {
    const [, answers] = await Promise.all([
      this.#writer.write(encode(questions)),
      this.#read(questions.length),
    ]);
    return answers;
  }

  async #read(count: number): Promise<readonly OracleAnswer[]> {
    const answers: OracleAnswer[] = [];
    for (;;) {
      const view = new DataView(this.#rest.buffer, this.#rest.byteOffset, this.#rest.byteLength);
      let at = 0;
      while (answers.length < count && view.byteLength - at >= 4) {
        const end = at + 4 + view.getUint32(at, true);
        if (end > view.byteLength) break;
        // An empty object, as nearly always.
        answers.push(
          end - at === 6 ? {} : JSON.parse(decoder.decode(this.#rest.subarray(at + 4, end))),
        );
        at = end;
      }
      const rest = this.#rest.subarray(at);
      this.#rest = rest;
      if (answers.length === count) return answers;
      const { value } = await this.#reader.read();
      if (value === undefined) throw new Error("The oracle ended before its answers");
      this.#rest = new Uint8Array(rest.length + value.length);
      this.#rest.set(rest);
      this.#rest.set(value, rest.length);
    }
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#child.status;
  }

  /** Ends it at once. */
  [Symbol.dispose](): void {
    try {
      this.#child.kill();
    } catch {
      // It has ended.
    }
  }
}

function encode(questions: readonly Question[]): Uint8Array<ArrayBuffer> {
  const empty = new Uint8Array(0);
  const parts = questions.map(({ contentType, page, ours }) => ({
    type: encoder.encode(contentType),
    page,
    text: ours?.text,
    openmetrics: ours?.openmetrics ?? empty,
  }));
  const length = parts.reduce(
    (sum, { type, page, text, openmetrics }) =>
      sum + 16 + type.length + page.length + (text?.length ?? 0) + openmetrics.length,
    0,
  );
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { type, page, text, openmetrics } of parts) {
    const lengths = [type.length, page.length, text?.length ?? REFUSED, openmetrics.length];
    for (const length of lengths) {
      view.setUint32(at, length, true);
      at += 4;
    }
    for (const part of [type, page, text ?? empty, openmetrics]) {
      bytes.set(part, at);
      at += part.length;
    }
  }
  return bytes;
}
