/**
 * The kinds of device that the demo tailnet is made of: how they look in the API and how much they
 * send. What distinguishes a device from its kind is a trait, in `_spec.ts`.
 *
 * @module
 */

import type { SpellPattern } from "./spell.ts";

/** A kind of device. */
export type Kind =
  /** A Linux machine that serves something. */
  | "server"
  /** A Linux machine that serves as a subnet router. */
  | "subnet_router"
  /** A Linux machine that serves as an exit node. */
  | "exit_node"
  /** A storage box in an office. */
  | "nas"
  /** A small board behind a mobile or satellite line: loses the connection every few minutes. */
  | "edge"
  /** A short-lived machine of a build system. */
  | "runner"
  /** A person's Mac. */
  | "mac"
  /** A person's Windows laptop. */
  | "windows"
  /** A person's Linux laptop. */
  | "linux_laptop"
  /** A person's iPhone. */
  | "ios"
  /** A person's Android phone. */
  | "android";

/** What all devices of a kind have in common. */
export interface KindFacts {
  /** The API's `os`. */
  readonly os: string;
  /** Whether it belongs to a person: no tags, a user, a key that expires. */
  readonly isPersonal: boolean;
  /** Whether its client can serve metrics at all. */
  readonly hasMetrics: boolean;
  /** Mean bytes received a second. */
  readonly inboundRate: number;
  /** Mean bytes sent a second. */
  readonly outboundRate: number;
  /** How much day and night differ, from 0 to 0.6. */
  readonly dayAmplitude: number;
  /** When it loses the connection; undefined for never. */
  readonly outage: SpellPattern | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const RARE: SpellPattern = {
  windowMs: 12 * HOUR,
  chance: 0.25,
  minMs: 2 * MINUTE,
  maxMs: 12 * MINUTE,
};
const OFTEN: SpellPattern = {
  windowMs: 8 * MINUTE,
  chance: 0.8,
  minMs: 0.5 * MINUTE,
  maxMs: 2 * MINUTE,
};
const DAILY: SpellPattern = {
  windowMs: 6 * HOUR,
  chance: 0.5,
  minMs: 0.5 * HOUR,
  maxMs: 4 * HOUR,
};

const LAPTOP = {
  isPersonal: true,
  inboundRate: 9_000,
  outboundRate: 2_500,
  dayAmplitude: 0.6,
  outage: DAILY,
} as const;

const PHONE = {
  isPersonal: true,
  hasMetrics: false,
  inboundRate: 1_500,
  outboundRate: 600,
  dayAmplitude: 0.6,
  outage: DAILY,
} as const;

/** The facts of each kind. */
export const KINDS: Readonly<Record<Kind, KindFacts>> = {
  server: {
    os: "linux",
    isPersonal: false,
    hasMetrics: true,
    inboundRate: 42_000,
    outboundRate: 65_000,
    dayAmplitude: 0.45,
    outage: RARE,
  },
  subnet_router: {
    os: "linux",
    isPersonal: false,
    hasMetrics: true,
    inboundRate: 310_000,
    outboundRate: 280_000,
    dayAmplitude: 0.5,
    outage: undefined,
  },
  exit_node: {
    os: "linux",
    isPersonal: false,
    hasMetrics: true,
    inboundRate: 180_000,
    outboundRate: 720_000,
    dayAmplitude: 0.55,
    outage: undefined,
  },
  nas: {
    os: "linux",
    isPersonal: false,
    hasMetrics: true,
    inboundRate: 120_000,
    outboundRate: 90_000,
    dayAmplitude: 0.3,
    outage: RARE,
  },
  edge: {
    os: "linux",
    isPersonal: false,
    hasMetrics: true,
    inboundRate: 700,
    outboundRate: 2_300,
    dayAmplitude: 0.1,
    outage: OFTEN,
  },
  runner: {
    os: "linux",
    isPersonal: false,
    hasMetrics: true,
    inboundRate: 260_000,
    outboundRate: 40_000,
    dayAmplitude: 0.6,
    outage: undefined,
  },
  // The Mac App Store client has no web client; the others may have it switched on.
  mac: { os: "macOS", hasMetrics: false, ...LAPTOP },
  windows: { os: "windows", hasMetrics: true, ...LAPTOP },
  linux_laptop: { os: "linux", hasMetrics: true, ...LAPTOP },
  ios: { os: "iOS", ...PHONE },
  android: { os: "android", ...PHONE },
};

const HINTS: readonly (readonly [word: RegExp, kind: Kind])[] = [
  [/exit/, "exit_node"],
  [/gate|gw|rout|subnet/, "subnet_router"],
  [/nas|storage|backup/, "nas"],
  [/edge|pi\b|sensor/, "edge"],
  [/runner|build|ci\b/, "runner"],
  [/win/, "windows"],
  [/laptop|book/, "linux_laptop"],
];

/** The kind that a device's name suggests; "server" when it suggests none. */
export function kindOfName(name: string): Kind {
  const lower = name.toLowerCase();
  return HINTS.find(([word]) => word.test(lower))?.[1] ?? "server";
}
