/**
 * The simulated tailnet: all its devices, the API's list of them, and the controls by which a test
 * or a bench makes something happen. Knows nothing of HTTP.
 *
 * @module
 */

import { DOMAIN } from "./device_identity.ts";
import type { PageTemplate } from "./page_template.ts";
import type { Kind } from "./device_kind.ts";
import type { Past } from "../history/mod.ts";
import { Machine } from "./machine.ts";
import { makePast } from "./demo_past.ts";
import { SimulatedHost } from "./simulated_host.ts";
import { visitLines } from "./visits.ts";
import type { ApiFault, DeviceSpec, PageFault, Trait } from "./_spec.ts";

const DAY = 86_400_000;

const OPEN = new TextEncoder().encode('{"devices":[');
const CLOSE = new TextEncoder().encode("]}\n");
const COMMA = ",".charCodeAt(0);

/** What a tailnet starts with. */
export interface SimulatedTailnetOptions {
  /** The devices; more can be added later. */
  readonly devices: readonly DeviceSpec[];
  /** Seed of all randomness. Default: 1. */
  readonly seed?: number;
  /** Wall clock, in milliseconds since 1970. Default: the system's. */
  readonly now?: () => number;
}

/** A device at one moment: what a test may expect. */
export interface DemoDevice {
  /** The API's `id`. */
  readonly id: string;
  /** The API's `nodeId`. */
  readonly nodeId: string;
  /** Whole MagicDNS name. */
  readonly name: string;
  /** Kind of device. */
  readonly kind: Kind;
  /** Its traits. */
  readonly traits: ReadonlySet<Trait>;
  /** Tailscale addresses, IPv4 first where there is one. */
  readonly addresses: readonly string[];
  /** Tags with their prefix. */
  readonly tags: readonly string[];
  /** Whether the API calls it connected. */
  readonly isOnline: boolean;
  /** What is wrong with its page; undefined for nothing. */
  readonly fault: PageFault | undefined;
  /** Whether asking for its page gives one that every server takes. */
  readonly isAnswering: boolean;
}

/** A tailnet that exists in memory only. */
export class SimulatedTailnet {
  /** Seed of all randomness. */
  readonly seed: number;
  /** How the API misbehaves now; undefined for not at all. */
  apiFault: ApiFault | undefined;

  readonly #now: () => number;
  readonly #originMs: number;
  readonly #startMs: number;
  readonly #templates = new Map<string, PageTemplate>();
  readonly #machines = new Map<string, Machine>();
  /** Machines by address, whole name and short name, as a resolver inside the tailnet has them. */
  readonly #hosts = new Map<string, Machine>();
  readonly #lists = new Map<"default" | "all", List>();
  /** For a name that was taken: the number to try next. */
  readonly #suffixes = new Map<string, number>();
  #nextIndex = 0;

  /** A tailnet of the devices; the day it is made is the day that key expiry counts from. */
  constructor(options: SimulatedTailnetOptions) {
    const { devices, seed = 1, now = Date.now } = options;
    this.seed = seed;
    this.#now = now;
    this.#startMs = now();
    this.#originMs = Math.floor(this.#startMs / DAY) * DAY;
    for (const spec of devices) this.add(spec);
  }

  /** Number of devices. */
  get size(): number {
    return this.#machines.size;
  }

  /** All devices as they are now, in the order they were added. */
  devices(): readonly DemoDevice[] {
    const nowMs = this.#now();
    return [...this.#machines.values()].map((machine) => describe(machine, nowMs));
  }

  /** What happened between two moments, in milliseconds since 1970. */
  past(fromMs: number, untilMs: number): Past {
    return makePast({ seed: this.seed, machines: this.#machines.values(), fromMs, untilMs });
  }

  /** The requests between two moments as lines of an access log, see {@linkcode visitLines}. */
  visits(fromMs: number, untilMs: number): Iterable<string> {
    return visitLines(
      {
        seed: this.seed,
        devices: this.devices(),
        wasOnline: (id, atMs) => this.#machines.get(id)?.wasOnline(atMs) ?? false,
      },
      fromMs,
      untilMs,
    );
  }

  /** The host that the first device is, as its tailscaled tells it. */
  openHost(): SimulatedHost {
    return new SimulatedHost({
      seed: this.seed,
      machines: () => this.#machines.values(),
      startMs: this.#startMs,
      now: this.#now,
    });
  }

  /** One device as it is now; undefined for an id that is not known. */
  device(id: string): DemoDevice | undefined {
    const machine = this.#machines.get(id);
    return machine === undefined ? undefined : describe(machine, this.#now());
  }

  /**
   * The body of the API's device list as it is now.
   *
   * Only the entries that changed are written again; the caller must not change the bytes.
   *
   * Shape: Machine[] (0..n) → `{"devices":[…]}`
   */
  apiList(fields: "default" | "all" = "all"): Uint8Array<ArrayBuffer> {
    const nowMs = this.#now();
    const old = this.#lists.get(fields);
    const entries: Uint8Array[] = [];
    let isSame = old !== undefined && old.entries.length === this.#machines.size;
    for (const machine of this.#machines.values()) {
      const entry = machine.record(nowMs, fields);
      if (isSame && old?.entries[entries.length] !== entry) isSame = false;
      entries.push(entry);
    }
    if (isSame && old !== undefined) return old.body;
    const body = joinEntries(entries);
    this.#lists.set(fields, { entries, body });
    return body;
  }

  /** Whether a device's metrics page is answered now; costs less than the page. */
  hasPage(id: string): boolean {
    return this.#reachable(id, this.#now()) !== undefined;
  }

  /**
   * A device's metrics page as it is now, as if nothing were wrong with it.
   *
   * @returns undefined if nothing would answer: an unknown id, a device that is offline, one whose
   *   client serves no metrics.
   */
  page(id: string): Uint8Array<ArrayBuffer> | undefined {
    const nowMs = this.#now();
    return this.#reachable(id, nowMs)?.page(nowMs);
  }

  /**
   * The device behind a host, as the tailnet's resolver finds it.
   *
   * @param host A Tailscale address (no brackets), a whole MagicDNS name or a short one.
   */
  deviceAt(host: string): DemoDevice | undefined {
    const machine = this.#hosts.get(host);
    return machine === undefined ? undefined : describe(machine, this.#now());
  }

  /**
   * Adds a device.
   *
   * @returns Its id.
   */
  add(spec: DeviceSpec): string {
    const machine = new Machine({
      seed: this.seed,
      index: this.#nextIndex++,
      spec: { ...spec, name: this.#uniqueName(spec.name) },
      originMs: this.#originMs,
      startMs: this.#startMs,
      templates: this.#templates,
    });
    this.#machines.set(machine.identity.id, machine);
    this.#enlist(machine);
    return machine.identity.id;
  }

  /**
   * Removes a device; its id never comes back.
   *
   * @throws {RangeError} If no device has the id.
   */
  remove(id: string): void {
    const machine = this.#find(id, "remove");
    this.#machines.delete(id);
    for (const host of hostsOf(machine)) this.#hosts.delete(host);
  }

  /**
   * Gives a device another name, made unique as all names are.
   *
   * @throws {RangeError} If no device has the id.
   */
  rename(id: string, name: string): void {
    const machine = this.#find(id, "rename");
    for (const host of hostsOf(machine)) this.#hosts.delete(host);
    machine.rename(this.#uniqueName(name));
    this.#enlist(machine);
  }

  /**
   * Takes a device online or offline; `undefined` returns it to its random outages.
   *
   * @throws {RangeError} If no device has the id.
   */
  setOnline(id: string, isOnline: boolean | undefined): void {
    this.#find(id, "take online or offline").force(isOnline, this.#now());
  }

  /**
   * Sets what is wrong with a device's page; `undefined` repairs it.
   *
   * @throws {RangeError} If no device has the id.
   */
  setFault(id: string, fault: PageFault | undefined): void {
    this.#find(id, "set the fault of").fault = fault;
  }

  #find(id: string, verb: string): Machine {
    const machine = this.#machines.get(id);
    if (machine === undefined) {
      throw new RangeError(`Cannot ${verb} device "${id}": no device has this id`);
    }
    return machine;
  }

  #reachable(id: string, nowMs: number): Machine | undefined {
    const machine = this.#machines.get(id);
    return machine !== undefined && isReachable(machine, nowMs) ? machine : undefined;
  }

  #enlist(machine: Machine): void {
    for (const host of hostsOf(machine)) this.#hosts.set(host, machine);
  }

  #uniqueName(name: string): string {
    if (!this.#hosts.has(wholeName(name))) return name;
    const dot = name.indexOf(".");
    const [short, rest] = dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
    let number = this.#suffixes.get(name) ?? 1;
    while (this.#hosts.has(wholeName(`${short}-${number}${rest}`))) number++;
    // Starting from the last one keeps a large fleet of few names from counting for ever.
    this.#suffixes.set(name, number + 1);
    return `${short}-${number}${rest}`;
  }
}

/** A list that was handed out, and what it was made from. */
interface List {
  readonly entries: readonly Uint8Array[];
  readonly body: Uint8Array<ArrayBuffer>;
}

function wholeName(name: string): string {
  return name.includes(".") ? name : `${name}.${DOMAIN}`;
}

function hostsOf(machine: Machine): readonly string[] {
  return [...machine.identity.addresses, machine.name, machine.shortName];
}

function isReachable(machine: Machine, nowMs: number): boolean {
  return machine.hasMetrics && machine.fault !== "unreachable" && machine.condition(nowMs).isOnline;
}

function describe(machine: Machine, nowMs: number): DemoDevice {
  return {
    id: machine.identity.id,
    nodeId: machine.identity.nodeId,
    name: machine.name,
    kind: machine.kind,
    traits: machine.traits,
    addresses: machine.identity.addresses,
    tags: machine.tags,
    isOnline: machine.condition(nowMs).isOnline,
    fault: machine.fault,
    isAnswering: machine.fault === undefined && isReachable(machine, nowMs),
  };
}

function joinEntries(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = OPEN.length + CLOSE.length + Math.max(0, entries.length - 1);
  for (const entry of entries) length += entry.length;
  const body = new Uint8Array(length);
  body.set(OPEN);
  let offset = OPEN.length;
  entries.forEach((entry, index) => {
    if (index > 0) body[offset++] = COMMA;
    body.set(entry, offset);
    offset += entry.length;
  });
  body.set(CLOSE, offset);
  return body;
}
