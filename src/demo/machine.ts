/**
 * One simulated device: its identity, its condition, its page and its entry in the API's list.
 *
 * @module
 */

import type { DevicePast, PastTrouble } from "../history/mod.ts";
import {
  conditionAt,
  type ConditionKey,
  connectionAt,
  type DeviceCondition,
  keyExpiryMs,
  outagesOf,
} from "./device_condition.ts";
import { type DeviceIdentity, DOMAIN, makeIdentity } from "./device_identity.ts";
import { type DeviceRecord, makeRecord } from "./device_record.ts";
import { networkCount, routesOf, shapeOf, tagsOf } from "./equipment.ts";
import { type Kind, type KindFacts, KINDS } from "./device_kind.ts";
import { EPOCH_MS, Load } from "./activity.ts";
import { type PageShape, PageTemplate, SIGNAL, SIGNAL_COUNT } from "./page_template.ts";
import { hash, STREAM, unit } from "./random.ts";
import type { DeviceSpec, PageFault, Trait } from "./_spec.ts";
import { weigh } from "./weight.ts";

const ENCODER = new TextEncoder();
/** Scratch of all machines: it is filled and read within one call. */
const SIGNALS = new Float64Array(SIGNAL_COUNT);

const DAY = 86_400_000;

/** What an exporter would have said of each fault. */
const REASONS: Readonly<Record<PageFault, string>> = {
  hang: "No answer in time",
  bad_line: "A line of its metrics is broken",
  html: "Another service answers on the port",
  status: "The device answered 500",
  redirect: "The device answered with a redirect",
  empty: "The device answered with nothing",
  binary: "The device answered with something that is no text",
  invalid_utf8: "A label value is not UTF-8",
  cut: "The connection broke within its metrics",
  huge: "Its metrics are too large",
  unreachable: "The device cannot be reached",
};

/** What a machine is made from. */
export interface MachineOptions {
  /** The demo's seed. */
  readonly seed: number;
  /** The device's number, never used twice. */
  readonly index: number;
  /** What is asked of it; its name is unique already. */
  readonly spec: DeviceSpec;
  /** Midnight (UTC) of the day the demo began, in milliseconds. */
  readonly originMs: number;
  /** When the demo began, in milliseconds. */
  readonly startMs: number;
  /** Templates made so far, shared by all machines. */
  readonly templates: Map<string, PageTemplate>;
}

/** One simulated device; stateless: each method takes the moment. */
export class Machine {
  /** Its number, never used twice. */
  readonly index: number;
  /** Its identity. */
  readonly identity: DeviceIdentity;
  /** Its kind. */
  readonly kind: Kind;
  /** Its traits. */
  readonly traits: ReadonlySet<Trait>;
  /** Its tags; empty for a person's device. */
  readonly tags: readonly string[];
  /** What is wrong with its page now. */
  fault: PageFault | undefined;

  readonly #key: ConditionKey;
  readonly #template: PageTemplate;
  readonly #weights: Float64Array;
  readonly #loads: readonly [inbound: Load, outbound: Load, relayed: Load, dropped: Load];
  readonly #advertisedRoutes: readonly string[];
  readonly #enabledRoutes: readonly string[];
  readonly #createdMs: number;
  #name: string;
  #own: DeviceCondition | undefined;
  #condition: DeviceCondition | undefined;
  #forced: { readonly isOnline: boolean; readonly atMs: number } | undefined;
  #record: DeviceRecord | undefined;
  #entries: { [fields in "default" | "all"]?: Uint8Array } = {};

  /** A machine as asked; `options.templates` grows by the page's shape when it is a new one. */
  constructor(options: MachineOptions) {
    const { seed, index, spec, originMs, startMs, templates } = options;
    this.index = index;
    this.kind = spec.kind;
    this.traits = new Set(spec.traits);
    this.fault = spec.fault;
    this.identity = makeIdentity(seed, index, spec.name, this.traits);
    this.#name = spec.name;
    this.tags = tagsOf(this.#facts, this.traits, spec.kind);
    this.#key = {
      seed,
      index,
      kind: spec.kind,
      traits: this.traits,
      site: this.identity.site,
      originMs,
      startMs,
    };
    this.#createdMs = this.traits.has("ephemeral")
      ? originMs - hash(seed, STREAM.created, index) % DAY
      : EPOCH_MS - hash(seed, STREAM.created, index) % (400 * DAY);
    const routes = routesOf(seed, index, spec.kind);
    this.#advertisedRoutes = routes.advertised;
    this.#enabledRoutes = routes.enabled;
    const shape = shapeOf(seed, index, this.traits, this.identity.clientVersion);
    this.#template = templateOf(templates, shape);
    this.#weights = weigh(this.#template.slots, this.#facts, seed, index);
    const { dayAmplitude } = this.#facts;
    this.#loads = [
      new Load(dayAmplitude, seed, index, 0),
      new Load(dayAmplitude, seed, index, 1),
      new Load(dayAmplitude / 2, seed, index, 2),
      new Load(dayAmplitude / 2, seed, index, 3),
    ];
  }

  /** Its whole MagicDNS name. */
  get name(): string {
    return this.#name.includes(".") ? this.#name : `${this.#name}.${DOMAIN}`;
  }

  /** Its name up to the first dot. */
  get shortName(): string {
    return this.#name.split(".", 1)[0] as string;
  }

  /** When its node key expires, in milliseconds since 1970; a tagged device's never does. */
  get keyExpiresMs(): number {
    return keyExpiryMs(this.#key);
  }

  /** Whether its client serves metrics at all. */
  get hasMetrics(): boolean {
    return this.#facts.hasMetrics && !this.traits.has("no_metrics");
  }

  /** Gives it another name from now on; its host name follows. */
  rename(name: string): void {
    this.#name = name;
    this.#record = undefined;
  }

  /** Takes it online or offline by hand; `undefined` returns it to its random outages. */
  force(isOnline: boolean | undefined, nowMs: number): void {
    this.#forced = isOnline === undefined ? undefined : { isOnline, atMs: nowMs };
    this.#own = undefined;
    this.#condition = undefined;
    this.#record = undefined;
  }

  /** How it is doing at a moment. */
  condition(nowMs: number): DeviceCondition {
    const own = this.#own;
    if (
      own !== undefined && this.#condition !== undefined &&
      nowMs >= own.sinceMs && nowMs < own.untilMs
    ) {
      return this.#condition;
    }
    const next = conditionAt(this.#key, nowMs);
    this.#own = next;
    const forced = this.#forced;
    const condition = forced === undefined ? next : {
      ...next,
      isOnline: forced.isOnline,
      lastSeenMs: forced.isOnline ? undefined : forced.atMs,
    };
    if (this.#condition === undefined || isListedDifferently(condition, this.#condition)) {
      this.#record = undefined;
    }
    this.#condition = condition;
    return condition;
  }

  /** Its metrics page at a moment, as it is when nothing is wrong with it. */
  page(nowMs: number): Uint8Array<ArrayBuffer> {
    const condition = this.condition(nowMs);
    const [inbound, outbound, relayed, dropped] = this.#loads;
    SIGNALS[SIGNAL.one] = 1;
    SIGNALS[SIGNAL.inbound] = inbound.total(nowMs);
    SIGNALS[SIGNAL.outbound] = outbound.total(nowMs);
    SIGNALS[SIGNAL.relayed] = relayed.total(nowMs);
    SIGNALS[SIGNAL.dropped] = dropped.total(nowMs);
    // Exit routes are no network routes: tailscaled does not count them.
    SIGNALS[SIGNAL.advertisedRoutes] = networkCount(this.#advertisedRoutes);
    SIGNALS[SIGNAL.approvedRoutes] = networkCount(this.#enabledRoutes);
    SIGNALS[SIGNAL.healthWarnings] = condition.warningCount;
    SIGNALS[SIGNAL.homeRegion] = condition.home.id;
    const minute = Math.floor(nowMs / 60_000);
    const luck = hash(this.#key.seed, STREAM.session, this.#key.index, minute);
    SIGNALS[SIGNAL.relayConnecting] = luck % 3 === 0 ? 1 : 0;
    SIGNALS[SIGNAL.relayOpen] = 2 + luck % 5;
    SIGNALS[SIGNAL.sessions] = 6 + luck % 9;
    return this.#template.render(SIGNALS, this.#weights);
  }

  /** Whether it was connected at a moment, whatever is forced now. */
  wasOnline(atMs: number): boolean {
    return connectionAt(this.#key, atMs).isOnline;
  }

  /** What happened to it between two moments, in milliseconds since 1970. */
  past(fromMs: number, untilMs: number): DevicePast {
    const { index, originMs, seed, startMs } = this.#key;
    const luck = (days: number, number: number) =>
      originMs - Math.floor(days * DAY * unit(seed, STREAM.created, index, number));
    return {
      id: this.identity.id,
      name: this.name,
      joinedMs: this.#createdMs,
      leftMs: undefined,
      outages: outagesOf(this.#key, fromMs, untilMs),
      unreadable: this.#unreadable(luck(3, 1)),
      lockErrorMs: this.traits.has("lock_error") ? luck(5, 2) : undefined,
      routesMs: this.#advertisedRoutes.length === this.#enabledRoutes.length
        ? undefined
        // Those of the first router since minutes: an alert that is not due yet.
        : index === 0
        ? startMs - 8 * 60_000
        : luck(4, 4),
      relayedMs: this.traits.has("hard_nat") && this.traits.has("steady") &&
          !this.traits.has("peer_relay")
        ? luck(2, 5)
        : undefined,
      updateMs: this.traits.has("update_available") ? luck(12, 3) : undefined,
    };
  }

  #unreadable(sinceMs: number): PastTrouble | undefined {
    if (this.tags.length === 0) return undefined;
    if (this.fault !== undefined) return { sinceMs, reason: REASONS[this.fault] };
    return this.hasMetrics ? undefined : { sinceMs, reason: REASONS.unreachable };
  }

  /**
   * Its entry in the API's list at a moment, as JSON bytes with braces; the same array as long as
   * nothing changed.
   */
  record(nowMs: number, fields: "default" | "all"): Uint8Array {
    const condition = this.condition(nowMs);
    if (this.#record === undefined) {
      this.#record = this.#makeRecord(condition);
      this.#entries = {};
    }
    const { standard, further } = this.#record;
    return this.#entries[fields] ??= ENCODER.encode(
      fields === "all" ? `{${standard},${further}}` : `{${standard}}`,
    );
  }

  #makeRecord(condition: DeviceCondition): DeviceRecord {
    return makeRecord({
      ...this.#key,
      identity: this.identity,
      name: this.name,
      hostname: this.shortName,
      tags: this.tags,
      advertisedRoutes: this.#advertisedRoutes,
      enabledRoutes: this.#enabledRoutes,
      expiresMs: this.keyExpiresMs,
      createdMs: this.#createdMs,
      condition,
    });
  }

  get #facts(): KindFacts {
    return KINDS[this.kind];
  }
}

function isListedDifferently(a: DeviceCondition, b: DeviceCondition): boolean {
  return a.isOnline !== b.isOnline || a.lastSeenMs !== b.lastSeenMs || a.home !== b.home ||
    a.latencyWindow !== b.latencyWindow;
}

function templateOf(templates: Map<string, PageTemplate>, shape: PageShape): PageTemplate {
  const key = JSON.stringify(shape);
  let template = templates.get(key);
  if (template === undefined) {
    template = new PageTemplate(shape);
    templates.set(key, template);
  }
  return template;
}
