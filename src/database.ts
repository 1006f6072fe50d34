/**
 * The time series database wired together: what is written there, and how. Loaded where one is
 * configured only.
 *
 * @module
 */

import type { AccessRecord } from "./access/mod.ts";
import { SegmentStore } from "./archive/segment_store.ts";
import type { Config } from "./config/mod.ts";
import type { Device } from "./control/mod.ts";
import { currentPeersOf, type HostFacts, type KnownDevice } from "./facts/mod.ts";
import { getLogger } from "./log/log.ts";
import type { PageSection } from "./page/mod.ts";
import {
  createAccessPoints,
  DatabaseClient,
  healthPoint,
  KeptPoints,
  type Point,
  Push,
  type PushStatus,
} from "./push/mod.ts";
import type { Runtime } from "./runtime.ts";
import type { Redactor } from "./secret/redactor.ts";
import { clockOf } from "./time/clock.ts";
import { TimeSlice } from "./time/slice.ts";

/** The settings of a {@linkcode Database}. */
export type DatabaseSettings = Pick<
  Config,
  | "historyStore"
  | "influxAccess"
  | "influxBucket"
  | "influxBuffer"
  | "influxDatabase"
  | "influxOrg"
  | "influxPassword"
  | "influxToken"
  | "influxUrl"
  | "influxUsername"
>;

/** What a {@linkcode Database} is made of. */
export interface DatabaseOptions {
  /** The settings. */
  readonly settings: DatabaseSettings & Required<Pick<DatabaseSettings, "influxUrl">>;
  /** The process. */
  readonly runtime: Pick<Runtime, "caches" | "elapsedMs" | "now">;
  /** Holds certificates and proxy. */
  readonly client: Deno.HttpClient | undefined;
  /** Hides secrets in what the database says. */
  readonly redactor: Redactor;
  /** Whether points that wait are kept over a restart; those of the demo are not. */
  readonly isKept: boolean;
  /** What is known of this host, whose pings tell latencies; undefined if it is not read. */
  readonly readHost?: (() => HostFacts | undefined) | undefined;
}

/** Writes points of nodes and requests. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #push: Push;
  readonly #accessPoint: (record: AccessRecord) => Point;

  /** Asks nothing yet. */
  constructor(options: DatabaseOptions) {
    const { runtime, settings } = options;
    this.#options = options;
    const database = openDatabaseClient(options, (code) => this.#push.requested(code));
    this.#push = new Push({
      database,
      maxBytes: settings.influxBuffer,
      kept: options.isKept && settings.historyStore === "on"
        ? keptPointsOf(settings, runtime)
        : undefined,
      ...clockOf(runtime),
      random: Math.random,
      log: getLogger("push"),
    });
    this.#accessPoint = createAccessPoints(Math.random());
  }

  /** The metrics about it. */
  get section(): PageSection {
    return this.#push.section;
  }

  /** How writes go. */
  get status(): PushStatus {
    return this.#push.status;
  }

  /** Takes a request of an access log, where INFLUX_ACCESS is on. */
  get addRequest(): ((record: AccessRecord) => void) | undefined {
    if (!this.#options.settings.influxAccess) return undefined;
    return (record) => this.#push.add(this.#accessPoint(record));
  }

  /** Takes how all nodes are, in slices of time. */
  async addNodes(
    devices: readonly KnownDevice[],
    typeOf: (device: Device) => string,
  ): Promise<void> {
    const { runtime, readHost } = this.#options;
    const here = readHost?.();
    const peers = here && currentPeersOf(here);
    const slice = new TimeSlice(clockOf(runtime));
    const atMs = runtime.now();
    for (const known of devices) {
      if (slice.isOver) await slice.next();
      const nodeType = typeOf(known.device);
      // The last ping of a node that is offline tells nothing. headscale's API tells no nodeId; its
      // device id is the StableID.
      const peer = known.isOnline ? peers?.get(known.device.nodeId ?? known.device.id) : undefined;
      this.#push.add(healthPoint(known, { atMs, latencyMs: peer?.rttMs, nodeType }));
    }
  }

  /** Writes until the signal is aborted, then what is left. */
  run(signal: AbortSignal): Promise<void> {
    return this.#push.run(signal);
  }
}

/**
 * Makes the database of the settings once all secrets are known.
 *
 * @returns undefined if none is configured.
 */
export function databaseOpener(
  settings: DatabaseSettings,
  runtime: DatabaseOptions["runtime"],
  client: Deno.HttpClient | undefined,
): ((rest: Pick<DatabaseOptions, "isKept" | "readHost" | "redactor">) => Database) | undefined {
  const { influxUrl } = settings;
  return influxUrl &&
    ((rest) => new Database({ settings: { ...settings, influxUrl }, runtime, client, ...rest }));
}

/** Points of another database are not for this one. */
function keptPointsOf(
  { influxBucket, influxDatabase, influxOrg = "", influxUrl }: DatabaseOptions["settings"],
  runtime: Pick<Runtime, "caches">,
): KeptPoints {
  const place = influxDatabase ?? `${influxOrg}/${influxBucket}`;
  const segments = new SegmentStore(
    () => runtime.caches(),
    `points for ${influxUrl.href} ${place}`,
  );
  return new KeptPoints(segments, crypto.randomUUID());
}

/** The database of the settings. */
export function openDatabaseClient(
  { client, redactor, runtime, settings }: Omit<DatabaseOptions, "isKept" | "readHost">,
  onRequest?: (code: string) => void,
): DatabaseClient {
  const { influxBucket, influxDatabase, influxOrg, influxPassword, influxToken, influxUsername } =
    settings;
  return new DatabaseClient({
    url: settings.influxUrl,
    place: influxDatabase === undefined
      ? { org: influxOrg, bucket: influxBucket }
      : { database: influxDatabase },
    token: influxToken,
    login: influxUsername === undefined || influxPassword === undefined
      ? undefined
      : { username: influxUsername, password: influxPassword },
    client,
    now: () => runtime.now(),
    redactor,
    ...onRequest && { onRequest },
  });
}
