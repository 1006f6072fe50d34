/**
 * Views that show what a test sets: a page of given bytes that counts how far it was read, and
 * reports with every field known.
 *
 * @module
 */

import { Intake } from "../../src/access/intake.ts";
import { Ledger } from "../../src/access/ledger.ts";
import { quotaOf } from "../../src/access/quota.ts";
import type { Format } from "../../src/exposition/mod.ts";
import { PENDING } from "../../src/facts/device_scrape.ts";
import type {
  DebugReport,
  HealthReport,
  HealthStatus,
  RenderedPage,
  Views,
} from "../../src/http/view.ts";
import { makeDevice, makeKnown } from "../devices/_device.ts";

/** A page of fixed bytes. */
export class FakePage implements RenderedPage {
  generation = 1;
  /** Chunks handed out since the start. */
  chunksRead = 0;
  /** Readings begun. */
  readings = 0;
  /** Resolves when a reading has ended, at its end or because the reader went away. */
  readonly ended: Promise<void>;
  readonly #pieces: readonly Uint8Array[];
  readonly #end: () => void;

  /** The pieces are handed out as they are, whatever size is asked for. */
  constructor(pieces: readonly (Uint8Array | string)[]) {
    this.#pieces = pieces.map((each) =>
      typeof each === "string" ? new TextEncoder().encode(each) : each
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  view(): this {
    return this;
  }

  *chunks(_format: Format, _chunkBytes?: number): Generator<Uint8Array> {
    this.readings++;
    try {
      for (const piece of this.#pieces) {
        this.chunksRead++;
        yield piece;
      }
    } finally {
      this.#end();
    }
  }

  byteLength(_format: Format): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** That of all pieces. */
  memory(): ArrayBufferLike[] {
    return this.#pieces.map(({ buffer }) => buffer);
  }

  release(): void {}

  /** All pieces as one array. */
  bytes(): Uint8Array {
    return concatBytes(this.#pieces);
  }
}

/** Pieces one after the other. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Lines like those of a page, in pieces, no two pieces the same. */
export function manyPieces(count: number, pieceBytes: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const line = `tailscaled_inbound_bytes_total{device_id="${index}",path="derp"} ${
      index * 7919
    }\n`;
    const text = line.repeat(Math.ceil(pieceBytes / line.length));
    return new TextEncoder().encode(text).subarray(0, pieceBytes);
  });
}

/** A health report with every field known. */
export function healthReport(report: Partial<HealthReport> = {}): HealthReport {
  return {
    status: "healthy",
    reason: undefined,
    nowMs: Date.UTC(2025, 0, 7, 21, 30, 0, 250),
    version: "v1.0.0",
    uptimeMs: (2 * 3600 + 15 * 60 + 30) * 1000,
    shard: undefined,
    hasTailnet: true,
    devicesDiscovered: 15,
    devicesScraped: 12,
    lastScrapeMs: Date.UTC(2025, 0, 7, 21, 29, 45),
    isApiUp: true,
    tailscaled: undefined,
    isDemo: false,
    ...report,
  };
}

/** A debug report of one device. */
export function debugReport(report: Partial<DebugReport> = {}): DebugReport {
  return {
    config: {
      use_tsnet: false,
      tsnet_mode: "embedded",
      tsnet_hostname: "tsmetrics",
      max_concurrent_scrapes: 10,
      client_metrics_timeout: "10s",
    },
    runtime: { denoVersion: "2.9.6", memoryBytes: 45_210_000, uptimeMs: 61_000 },
    metrics: {
      devicesTotal: 1,
      devicesOnline: 1,
      scrapeErrors: 0,
      lastApiCallMs: Date.UTC(2025, 0, 7, 21, 29, 30),
      samples: 36,
    },
    api: { circuit: "closed", failures: 0, nextTryMs: undefined, error: undefined },
    cardinality: { relayedSeries: 36, leftOutPages: 0, keptLabels: [], idlePatterns: [] },
    isDemo: false,
    devices: [{
      ...makeKnown(makeDevice({ id: "n1", name: "gateway-1.example.ts.net" })),
      scrape: {
        ...PENDING,
        state: "up",
        reason: undefined,
        url: "http://100.64.0.1:5252/metrics",
        lastSuccessMs: Date.UTC(2025, 0, 7, 21, 29, 45),
      },
      leftOut: [],
    }],
    ...report,
  };
}

/** Takes lines that begin with "ok", and notes each with its service. */
export function fakeIntake(taken: string[], service: string | undefined): Intake {
  return new Intake({
    take(line, name) {
      taken.push(`${name}: ${line}`);
      return line.startsWith("ok") ? "counted" : "format";
    },
    onTooLong: () => {},
    onError: () => {},
    slice: { isOver: false, next: () => Promise.resolve() },
    service,
  });
}

/** Views of a page, in the given status. */
export function fakeViews(
  page: Views["page"] = new FakePage(["up 1\n"]),
  status: HealthStatus = "healthy",
): Views {
  const isGood = status === "healthy" || status === "degraded";
  return {
    page,
    shard: undefined,
    discovery: {
      current: () =>
        Promise.resolve(isGood ? { version: 1, devices: () => [], pages: () => [] } : undefined),
    },
    facts: {
      tailnets: () => [],
      host: () => undefined,
      ownNode: () => undefined,
      leftOutOf: () => [],
      monitor: () => undefined,
    },
    analytics: {
      access: {
        ledger: new Ledger({ retentionMs: 3_600_000, now: () => 0 }),
        metrics: { linesOf: () => 0 },
      },
      quota: () => Promise.resolve(quotaOf([], 3)),
      devices: () => [],
      openIntake: (service) => fakeIntake([], service),
    },
    health: () => healthReport({ status }),
    debug: () => debugReport(),
    isAlive: () => status !== "unhealthy",
    isReady: () => isGood,
    isStarted: () => status !== "starting",
  };
}

/** A request for a path. Default: GET. */
export function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Request {
  return new Request(`http://127.0.0.1:9100${path}`, { method, headers });
}
