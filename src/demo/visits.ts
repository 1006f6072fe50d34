/**
 * Visitors of the demo's services: lines of access logs as a web server would have written them
 * between two moments. A function of seed and time, as everything of the demo.
 *
 * @module
 */

import type { Kind } from "./device_kind.ts";
import { hash, pick, STREAM, unit } from "./random.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Visits begin in windows of this length, in milliseconds. */
const WINDOW_MS = 10 * MINUTE;

/** Maximum number of visits that begin in a window, at noon of a working day. */
const MAX_VISITS = 6;

/** Maximum number of requests of a visit, and their distance in milliseconds. */
const MAX_REQUESTS = 5, STEP_MS = 9_000;

/** Time of a visit at most; a visit that begins in one window ends in the next. */
const VISIT_MS = MAX_REQUESTS * STEP_MS;

/** How busy each hour of the day is, from 0 to 1, in UTC. */
const HOURS = [
  4,
  3,
  2,
  2,
  3,
  6,
  15,
  38,
  72,
  93,
  98,
  90,
  70,
  84,
  97,
  92,
  85,
  66,
  42,
  30,
  24,
  18,
  11,
  7,
]
  .map((percent) => percent / 100);

/** What is asked of a service: paths, how often each, and mean duration in seconds and bytes. */
interface Service {
  readonly name: string;
  readonly paths: readonly (readonly [method: string, path: string])[];
  readonly seconds: number;
  readonly bytes: number;
}

const SERVICES: readonly Service[] = [
  {
    name: "git",
    paths: [
      ["GET", "/"],
      ["GET", "/explore/repos?page=2"],
      ["GET", "/platform/api/pulls/4711"],
      ["GET", "/platform/api/issues"],
      ["GET", "/platform/api.git/info/refs?service=git-upload-pack"],
      ["POST", "/platform/api.git/git-upload-pack"],
    ],
    seconds: 0.12,
    bytes: 24_000,
  },
  {
    name: "grafana",
    paths: [
      ["GET", "/d/9f1c2ab4/overview?orgId=1"],
      ["GET", "/api/search?query=latency"],
      ["POST", "/api/ds/query"],
      ["GET", "/api/annotations?from=now-6h"],
    ],
    seconds: 0.22,
    bytes: 61_000,
  },
  {
    name: "wiki",
    paths: [
      ["GET", "/"],
      ["GET", "/page/1284"],
      ["GET", "/search?q=on-call"],
      ["PUT", "/page/1284"],
    ],
    seconds: 0.08,
    bytes: 17_000,
  },
  {
    name: "registry",
    paths: [
      ["GET", "/v2/"],
      ["HEAD", "/v2/api/manifests/latest"],
      ["GET", "/v2/api/blobs/5c5f0e5e7c9b4f1e8a6d2b3c4d5e6f70"],
    ],
    seconds: 0.35,
    bytes: 2_400_000,
  },
];

/** Addresses that no device of the tailnet has. */
const OUTSIDERS: readonly string[] = ["203.0.113.71", "198.51.100.23", "2001:db8:77::19"];

const AGENTS = {
  person: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  machine: "git/2.51.0",
  outsider: "curl/8.16.0",
} as const;

/** A device that may visit. */
export interface Visitor {
  /** Its id. */
  readonly id: string;
  /** Its kind. */
  readonly kind: Kind;
  /** Its addresses. */
  readonly addresses: readonly string[];
  /** Its tags; a person's device has none. */
  readonly tags: readonly string[];
}

/** What visits are made from. */
export interface VisitsOptions {
  /** The demo's seed. */
  readonly seed: number;
  /** The devices that may visit. */
  readonly devices: readonly Visitor[];
  /** Whether a device was connected at a moment, in milliseconds since 1970. */
  readonly wasOnline: (id: string, atMs: number) => boolean;
}

/** One request. */
interface Visit {
  readonly atMs: number;
  readonly line: string;
}

/**
 * The lines of the requests from one moment (included) to another (excluded), in milliseconds since
 * 1970, in the order of time.
 */
export function* visitLines(
  options: VisitsOptions,
  fromMs: number,
  untilMs: number,
): Generator<string> {
  const visitors = new Visitors(options);
  let waiting: Visit[] = [];
  const first = Math.floor((fromMs - VISIT_MS) / WINDOW_MS);
  for (let window = first; window * WINDOW_MS < untilMs; window++) {
    // A visit is shorter than a window, so what comes before this one is complete.
    waiting = [...waiting, ...visitors.requestsOf(window)].sort((a, b) => a.atMs - b.atMs);
    const endMs = Math.min((window + 1) * WINDOW_MS, untilMs);
    for (const { atMs, line } of waiting) if (atMs >= fromMs && atMs < endMs) yield line;
    waiting = waiting.filter(({ atMs }) => atMs >= endMs);
  }
}

/** Makes the requests that begin in a window of time. */
class Visitors {
  readonly #options: VisitsOptions;
  readonly #people: readonly Visitor[];
  readonly #machines: readonly Visitor[];

  constructor(options: VisitsOptions) {
    this.#options = options;
    this.#people = options.devices.filter(({ tags }) => tags.length === 0);
    this.#machines = options.devices.filter(({ kind }) => kind === "runner" || kind === "server");
  }

  *requestsOf(window: number): Generator<Visit> {
    const { seed } = this.#options;
    const startMs = window * WINDOW_MS;
    const isWeekend = [0, 6].includes(new Date(startMs).getUTCDay());
    const busy = (HOURS[Math.floor(startMs % DAY / HOUR)] ?? 0) * (isWeekend ? 0.25 : 1);
    const count = Math.round(MAX_VISITS * busy * (0.5 + unit(seed, STREAM.visit, window)));
    for (let number = 0; number < count; number++) {
      const key = window * 16 + number;
      yield* this.#requests(startMs + hash(seed, STREAM.visit, 1, key) % WINDOW_MS, key);
    }
  }

  *#requests(beginMs: number, key: number): Generator<Visit> {
    const { seed } = this.#options;
    const visitor = this.#visitor(beginMs, key);
    if (visitor === undefined) return;
    const service = pick(SERVICES, seed, STREAM.visit, 3, key);
    const count = 1 + hash(seed, STREAM.visit, 4, key) % MAX_REQUESTS;
    let atMs = beginMs;
    for (let number = 0; number < count; number++) {
      const line = lineOf(service, visitor, atMs, seed, key * 8 + number);
      yield { atMs, line };
      atMs += 1 + hash(seed, STREAM.visit, 5, key * 8 + number) % STEP_MS;
    }
  }

  /** Mostly people, at times a machine, seldom an address from outside; undefined if offline. */
  #visitor(
    atMs: number,
    key: number,
  ): { readonly address: string; readonly agent: string } | undefined {
    const { seed, wasOnline } = this.#options;
    const luck = unit(seed, STREAM.visit, 2, key);
    if (luck > 0.97) {
      return { address: pick(OUTSIDERS, seed, STREAM.visit, 6, key), agent: AGENTS.outsider };
    }
    const [list, agent] = luck > 0.8 || this.#people.length === 0
      ? [this.#machines, AGENTS.machine]
      : [this.#people, AGENTS.person];
    if (list.length === 0) return undefined;
    const device = pick(list, seed, STREAM.visit, 7, key);
    const [address] = device.addresses;
    return address !== undefined && wasOnline(device.id, atMs) ? { address, agent } : undefined;
  }
}

function lineOf(
  { bytes, name, paths, seconds }: Service,
  { address, agent }: { readonly address: string; readonly agent: string },
  atMs: number,
  seed: number,
  key: number,
): string {
  const [method, path] = pick(paths, seed, STREAM.visit, 8, key);
  const spread = unit(seed, STREAM.visit, 9, key);
  const status = statusOf(unit(seed, STREAM.visit, 10, key));
  return JSON.stringify({
    time: new Date(atMs).toISOString(),
    remote_addr: address,
    service: name,
    request_method: method,
    request_uri: path,
    status,
    body_bytes_sent: status === 200 ? Math.round(bytes * (0.2 + 1.6 * spread)) : 512,
    // Most are fast, a few take ten times as long.
    request_time: Number((seconds * (0.3 + 9 * spread ** 8)).toFixed(3)),
    http_user_agent: agent,
  });
}

function statusOf(luck: number): number {
  if (luck < 0.93) return 200;
  if (luck < 0.96) return 304;
  if (luck < 0.98) return 404;
  return luck < 0.993 ? 401 : 502;
}
