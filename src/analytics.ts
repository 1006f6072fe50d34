/**
 * Access analytics wired together: the port for lines, who made the requests, and what is counted
 * of them. Loaded where it is configured only.
 *
 * @module
 */

import {
  AccessPipeline,
  type AccessRecord,
  type AnalyticsViews,
  describeUsage,
  Directory,
  Intake,
  LineQueue,
  openSyslogPort,
  type Quota,
  quotaOf,
  Redaction,
  type SyslogPort,
  type TellVisits,
  VisitFeed,
  type Visitor,
} from "./access/mod.ts";
import { AnalyticsLog } from "./analytics_log.ts";
import { bracketed } from "./cidr.ts";
import type { Config } from "./config/mod.ts";
import { ConfigError } from "./errors.ts";
import type { KnownDevice } from "./facts/mod.ts";
import type { Job } from "./jobs/mod.ts";
import type { Logger } from "./log/log.ts";
import type { Runtime } from "./runtime.ts";
import { Secret } from "./secret/secret.ts";
import type { Tailnet } from "./tailnet.ts";
import type { LocalApi } from "./tailscale/local/mod.ts";
import { type Clock, clockOf } from "./time/clock.ts";
import { TimeSlice } from "./time/slice.ts";
import { formatTime, HOUR_MS } from "./time/timestamp.ts";
import { nextTurn } from "./time/turn.ts";

/** The settings of access analytics. */
export type AnalyticsSettings = Pick<
  Config,
  | "accessFields"
  | "accessFormat"
  | "accessIgnore"
  | "accessLabels"
  | "accessListen"
  | "accessRedact"
  | "accessRedactKey"
  | "accessRetentionMs"
  | "accessTrusted"
  | "userQuota"
>;

/** What {@linkcode Analytics} is made of. */
export interface AnalyticsOptions {
  /** The settings. */
  readonly settings: AnalyticsSettings;
  /** The process. */
  readonly runtime: Pick<Runtime, "now" | "elapsedMs">;
  /** Tailnets whose device lists tell which device an address belongs to. */
  readonly tailnets: readonly Pick<Tailnet, "record">[];
  /** The tailscaled that is asked otherwise; undefined if there is no way to one. */
  readonly local: Pick<LocalApi, "status" | "whois"> | undefined;
  /** Takes each request that is counted, for the database. Default: it takes none. */
  readonly onRecord?: ((record: AccessRecord) => void) | undefined;
  /** Makes a key for the hashes of this start. */
  readonly makeKey: () => string;
  /** Tells simulated requests. Default: there are none. */
  readonly tellVisits?: TellVisits | undefined;
  /** Where troubles are told. */
  readonly log: Pick<Logger, "info" | "warning">;
}

/** How often external users are counted, in milliseconds. */
const QUOTA_MS = 15 * 60_000;

/** Maximum length of a simulated past, in milliseconds. */
const MAX_PAST_MS = 7 * 86_400_000;

/** Devices between two looks at the clock. */
const DEVICES_A_LOOK = 64;

/** Access analytics. */
export class Analytics implements AnalyticsViews {
  /** What is counted and kept. */
  readonly access: AccessPipeline;
  /** Takes lines. */
  readonly queue: LineQueue;
  /**
   * Takes those that come as datagrams: a flood of them must not keep connections waiting, which
   * wait until there is room.
   */
  readonly datagrams: LineQueue;
  readonly #options: AnalyticsOptions;
  readonly #clock: Clock;
  readonly #log: AnalyticsLog;
  readonly #directory: Directory;
  readonly #redaction: Redaction;
  #preparing: Promise<void> | undefined;

  /**
   * Opens nothing yet.
   *
   * @throws {ConfigError} If the format of lines is none that can be read.
   */
  constructor(options: AnalyticsOptions) {
    const { log, runtime, settings, tailnets } = options;
    this.#options = options;
    this.#clock = clockOf(runtime);
    this.#log = new AnalyticsLog(log, this.#clock.elapsed);
    this.#directory = new Directory({
      listings: tailnets.map(({ record }) => () => record.listing),
      local: options.local,
      retentionMs: settings.accessRetentionMs,
      ...this.#clock,
      onWhois: (outcome, error) => {
        this.access.metrics.whois(outcome);
        this.#log.whois(outcome, error);
      },
    });
    const hides = settings.accessRedact.some((part) => part !== "query");
    this.#redaction = new Redaction(
      settings.accessRedact,
      settings.accessRedactKey ?? new Secret(options.makeKey()),
    );
    this.access = makeAccess({
      format: options.tellVisits === undefined ? settings.accessFormat : "auto",
      jsonNames: settings.accessFields,
      visitors: this.#directory.visitors,
      redaction: this.#redaction,
      trusted: settings.accessTrusted,
      ignored: settings.accessIgnore,
      labels: settings.accessLabels,
      retentionMs: settings.accessRetentionMs,
      now: this.#clock.now,
      keepsSamples: !hides,
      onRecord: options.onRecord,
      onBadLine: (reason, line) => this.#log.badLine(reason, hides ? undefined : line),
    });
    this.queue = this.#makeQueue((slice) => this.#prepareForPatient(slice));
    this.datagrams = this.#makeQueue((slice) => this.#prepare(slice));
  }

  /** What is done at intervals; does nothing while there are no analytics. */
  static jobs(
    { reportIntervalMs }: Pick<Config, "reportIntervalMs">,
    find: () => Analytics | undefined,
  ): readonly Job[] {
    return [
      { name: "quota", intervalMs: QUOTA_MS, run: () => find()?.checkQuota() },
      { name: "access", intervalMs: reportIntervalMs, run: () => find()?.report() },
    ];
  }

  /** Takes the lines of a sender that waits for the outcome. */
  openIntake(service: string | undefined): Intake {
    const slice = this.#makeSlice();
    return new Intake({
      take: (line, name) => this.access.take(line, name),
      onTooLong: () => this.access.metrics.line("too_long"),
      onError: (error) => this.#log.lineFailed(error),
      slice,
      prepare: () => this.#prepareForPatient(slice),
      service,
    });
  }

  /**
   * Opens the port; undefined if none is configured.
   *
   * @throws {Error} If it cannot be had: says why and names the setting.
   */
  async listen(): Promise<SyslogPort | undefined> {
    const { accessListen } = this.#options.settings;
    if (accessListen === undefined) return undefined;
    const port = await openSyslogPort({
      hostname: accessListen.hostname,
      port: accessListen.port,
      queue: this.queue,
      datagrams: this.datagrams,
      onTooLong: () => this.access.metrics.line("too_long"),
      onFailure: (error) => this.#log.portFailed(error),
      delay: this.#clock.delay,
      nextTurn,
    });
    const place = `${bracketed(port.address.hostname)}:${port.address.port}`;
    this.#options.log.info("Taking access logs at {place}, UDP and TCP", { place });
    return port;
  }

  /** Takes simulated requests until the signal is aborted; returns at once if there are none. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, settings, tailnets, tellVisits } = this.#options;
    if (tellVisits === undefined) return;
    await new VisitFeed({
      tell: tellVisits,
      pastMs: Math.min(settings.accessRetentionMs, MAX_PAST_MS),
      openIntake: () => this.openIntake(undefined),
      isReady: () => tailnets.some(({ record }) => record.listing !== undefined),
      onPast: ({ counted }) =>
        log.info("Simulated {requests:request|requests} of the demo's services", {
          requests: counted,
        }),
      ...this.#clock,
    }).run(signal);
  }

  /** Every device of the tailnets' last lists. */
  *devices(): Generator<KnownDevice> {
    for (const { record } of this.#options.tailnets) yield* record.listing?.all ?? [];
  }

  /** How many external users there are, by the device lists and by who made requests. */
  async quota(): Promise<Quota> {
    const slice = this.#makeSlice();
    const shared: Visitor[] = [];
    let looked = 0;
    for (const { device } of this.devices()) {
      if (looked++ % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
      if (device.isExternal !== true || device.tags.length > 0) continue;
      // Under the same name as in the ledger: a user counts once.
      const { name, user } = device;
      shared.push(this.#redaction.visitor({ userClass: "shared", user, device: name }));
    }
    for (const user of await this.access.ledger.sharedUsers(slice)) {
      shared.push({ userClass: "shared", user, device: undefined });
    }
    return quotaOf(shared, this.#options.settings.userQuota);
  }

  /** Logs once that the plan permits fewer external users than there are, and when that is over. */
  async checkQuota(): Promise<void> {
    this.#log.quota(await this.quota());
  }

  /** Logs what was used since the beginning of the hour before this one. */
  async report(): Promise<void> {
    const { log } = this.#options;
    const fromMs = (Math.floor(this.#clock.now() / HOUR_MS) - 1) * HOUR_MS;
    const usage = await this.access.ledger.usageInSlices(fromMs, this.#makeSlice());
    log.info("Since {time}: {usage}", {
      time: formatTime(fromMs),
      usage: describeUsage(usage, await this.quota()),
    });
  }

  #makeQueue(prepare: (slice: TimeSlice) => Promise<void>): LineQueue {
    const slice = this.#makeSlice();
    return new LineQueue({
      take: (line, service) => this.access.take(line, service),
      onDropped: (lines) => {
        this.access.metrics.line("dropped", lines);
        this.#log.dropped();
      },
      onError: (error) => this.#log.lineFailed(error),
      slice,
      prepare: () => prepare(slice),
    });
  }

  #makeSlice(): TimeSlice {
    return new TimeSlice(this.#clock);
  }

  /** Learns what the next lines need; callers at the same time share one walk. */
  #prepare(slice: TimeSlice): Promise<void> {
    this.#log.calmDown();
    return this.#preparing ??= this.#directory.refresh(slice)
      .finally(() => this.#preparing = undefined);
  }

  /** The same for senders that can wait, so that tailscaled is asked for all of their lines. */
  async #prepareForPatient(slice: TimeSlice): Promise<void> {
    await this.#prepare(slice);
    if (this.access.isCrowded) await this.access.settled();
  }
}

function makeAccess(options: ConstructorParameters<typeof AccessPipeline>[0]): AccessPipeline {
  try {
    return new AccessPipeline(options);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigError([`Cannot read the format of ACCESS_FORMAT: ${error.message}.`]);
  }
}
