/**
 * From a line to what is counted and kept of it: read, find who it was, hide what is to be hidden,
 * count. Opens no port: `line_queue.ts` and the ports hand lines in.
 *
 * @module
 */

import type { Cidr } from "../cidr.ts";
import type { KnownDevice } from "../facts/mod.ts";
import { matchGlob } from "../text/glob.ts";
import { DAY_MS } from "../time/timestamp.ts";
import { type AccessLabel, AccessMetrics, type LineOutcome } from "./access_metrics.ts";
import { type Client, clientOf } from "./client_address.ts";
import { Endpoints } from "./endpoint.ts";
import type { Intake } from "./intake.ts";
import { Ledger } from "./ledger.ts";
import type { AccessLine, BadLine } from "./line.ts";
import { LineReader, type LineReaderOptions } from "./line_reader.ts";
import type { Quota } from "./quota.ts";
import { type AccessRecord, methodName } from "./record.ts";
import type { Redaction } from "./redaction.ts";
import type { Visitor } from "./visitor.ts";
import type { Visitors } from "./visitors.ts";

/** Options for {@linkcode AccessPipeline}. */
export interface AccessPipelineOptions extends LineReaderOptions {
  /** Says who made a request. */
  readonly visitors: Pick<Visitors, "find" | "findKnown">;
  /** Hides parts of records. */
  readonly redaction: Pick<Redaction, "apply">;
  /** Proxies whose headers count. Default: none. */
  readonly trusted?: readonly Cidr[];
  /** Globs of paths that are left out. Default: none. */
  readonly ignored?: readonly string[];
  /** Private labels that are wanted on the page. Default: none. */
  readonly labels?: readonly AccessLabel[];
  /** How long requests are kept, in milliseconds. */
  readonly retentionMs: number;
  /** Maximum number of endpoints that are counted by name. Default: 1,000. */
  readonly maxEndpoints?: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Whether the last refused line of each reason is kept, which names clients. Default: true.
   */
  readonly keepsSamples?: boolean;
  /** Is told of each request that is counted, redacted. */
  readonly onRecord?: ((record: AccessRecord) => void) | undefined;
  /** Hears of a line that is refused. */
  readonly onBadLine?: (reason: BadLine, line: string) => void;
}

/** What there is to show of access analytics. */
export interface AnalyticsViews {
  /** What is kept. */
  readonly access: Pick<AccessPipeline, "ledger"> & {
    readonly metrics: Pick<AccessMetrics, "linesOf">;
  };
  /** How many external users there are. */
  quota(): Promise<Quota>;
  /** Every device of the tailnets' last lists. */
  devices(): Iterable<KnownDevice>;
  /** Takes the lines of one request. */
  openIntake(service: string | undefined): Pick<Intake, "end" | "push" | "report">;
}

/** The service of a line that names none, where its sender names none either. */
const DEFAULT_SERVICE = "default";

/** Lines that may wait for tailscaled; further ones are counted as far as known. */
const MAX_WAITING = 2_000;

/** Counts and keeps requests. */
export class AccessPipeline {
  /** What `/metrics` shows. */
  readonly metrics: AccessMetrics;
  /** What is kept. */
  readonly ledger: Ledger;
  readonly #options: AccessPipelineOptions;
  readonly #reader: LineReader;
  readonly #endpoints: Endpoints;
  readonly #samples = new Map<BadLine, string>();
  readonly #waiting = new Set<Promise<void>>();
  #today: { readonly atMs: number; readonly users: number; readonly devices: number } | undefined;

  /**
   * Has counted nothing yet.
   *
   * @throws {SyntaxError} If the format is none that can be read.
   */
  constructor(options: AccessPipelineOptions) {
    const { labels, maxEndpoints = 1_000, now, retentionMs } = options;
    this.#options = options;
    this.#reader = new LineReader(options);
    this.#endpoints = new Endpoints(maxEndpoints);
    this.ledger = new Ledger({ retentionMs, now });
    this.metrics = new AccessMetrics({
      ...labels !== undefined && { labels },
      readToday: () => this.#countToday(),
    });
  }

  /** The last line that was refused for each reason. */
  get samples(): ReadonlyMap<BadLine, string> {
    return this.#samples;
  }

  /** Lines that wait for tailscaled. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether an eighth of the lines that may wait for tailscaled do: senders should wait, too. */
  get isCrowded(): boolean {
    return this.#waiting.size * 8 > MAX_WAITING;
  }

  /** Resolves when the lines that wait now are counted. */
  async settled(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  /**
   * Takes a line.
   *
   * @param service The service that its sender names.
   * @returns What becomes of it; "counted" also if it is to be once tailscaled has answered.
   */
  take(text: string, service?: string): LineOutcome {
    const line = this.#reader.read(text);
    if (typeof line === "string") return this.#refuse(line, text);
    const { path } = line;
    if (path !== undefined && this.#options.ignored?.some((glob) => matchGlob(glob, path))) {
      return this.#end("ignored");
    }
    const { now, trusted = [], visitors } = this.#options;
    const atMs = line.atMs ?? now();
    // Before tailscaled is asked for nothing.
    if (!this.ledger.keeps(atMs)) return this.#end("stale");
    const client = clientOf(line, trusted);
    const add = (visitor: Visitor) => this.#add(line, { atMs, client, visitor, service });
    if (this.#waiting.size >= MAX_WAITING) return add(visitors.findKnown(client, atMs));
    const visitor = visitors.find(client, atMs);
    if (!(visitor instanceof Promise)) return add(visitor);
    const counted = visitor.then((found) => {
      this.#waiting.delete(counted);
      add(found);
    });
    this.#waiting.add(counted);
    return "counted";
  }

  #end(outcome: LineOutcome): LineOutcome {
    this.metrics.line(outcome);
    return outcome;
  }

  #add(
    line: AccessLine,
    { atMs, client, visitor, service }: {
      readonly atMs: number;
      readonly client: Client;
      readonly visitor: Visitor;
      readonly service: string | undefined;
    },
  ): LineOutcome {
    const record: AccessRecord = this.#options.redaction.apply({
      atMs,
      visitor,
      address: client.address,
      // The host is the client's to choose, so it comes last.
      service: line.service ?? service ?? line.host ?? DEFAULT_SERVICE,
      method: methodName(line.method),
      endpoint: this.#endpoints.nameOf(line.path, line.status),
      path: line.path,
      query: line.query,
      status: line.status,
      bytes: line.bytes,
      seconds: line.seconds,
      agent: line.agent,
    });
    if (!this.ledger.add(record)) return this.#end("stale");
    this.metrics.counted(record);
    this.#options.onRecord?.(record);
    return this.#end("counted");
  }

  #refuse(reason: BadLine, text: string): BadLine {
    this.metrics.line(reason);
    if (this.#options.keepsSamples !== false) this.#samples.set(reason, sampleOf(text));
    this.#options.onBadLine?.(reason, text);
    return reason;
  }

  /** Once a second at most: a page that changed with every look could not be served compressed. */
  #countToday(): { readonly users: number; readonly devices: number } {
    const nowMs = Math.floor(this.#options.now() / 1000) * 1000;
    if (this.#today?.atMs !== nowMs) {
      // Requests become too old while no new line comes, too.
      this.ledger.prune();
      const midnightMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
      this.#today = { atMs: nowMs, ...this.ledger.distinct(midnightMs) };
    }
    return this.#today;
  }
}

/** Maximum length of a sample. */
const MAX_SAMPLE = 200;

/**
 * The start of a line without what may be secret: queries, and values wherever a format has the
 * query as a field of its own.
 */
export function sampleOf(text: string): string {
  return text.slice(0, MAX_SAMPLE).toWellFormed().replace(/\?[^\s"]*/g, "?…")
    .replace(/=[^\s"&]+/g, "=…");
}
