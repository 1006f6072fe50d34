/**
 * The identity of a simulated device: ids, addresses and keys that look like real ones and are no
 * two the same. All are functions of the seed and the device's number.
 *
 * @module
 */

import { hash, hexDigits, pick, STREAM, unit } from "./random.ts";
import { PEOPLE } from "./fleet.ts";
import { type Site, SITES } from "./region.ts";
import type { Trait } from "./_spec.ts";

/** The MagicDNS domain of the demo tailnet. */
export const DOMAIN = "tail-demo.ts.net";

/** What never changes about a device. */
export interface DeviceIdentity {
  /** The API's `id`: sixteen digits, many of them beyond 2^53. */
  readonly id: string;
  /** The API's `nodeId`. */
  readonly nodeId: string;
  /** Tailscale addresses, IPv4 first where there is one. */
  readonly addresses: readonly string[];
  /** Public machine key. */
  readonly machineKey: string;
  /** Public node key. */
  readonly nodeKey: string;
  /** Public tailnet lock key. */
  readonly lockKey: string;
  /** Client version, long form. */
  readonly clientVersion: string;
  /** Login name of the person who registered it. */
  readonly person: string;
  /** Its location. */
  readonly site: Site;
}

/** A client release of the demo. */
interface Release {
  readonly version: string;
  readonly commit: string;
}

const RELEASES: readonly Release[] = [
  { version: "1.96.5", commit: "t5b2c1a9e7" },
  { version: "1.98.1", commit: "t0d94fe318" },
  { version: "1.98.4", commit: "t7ae20c55b" },
  { version: "1.100.0", commit: "te61b38d02" },
  { version: "1.102.1", commit: "t94c07f6d3" },
  { version: "1.102.3", commit: "t1f8ab2c64" },
];

/** Letters of a node id: none that is taken for another. */
const NODE_ID_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Tailscale's IPv4 range below 100.96.0.0, which has no reserved part. */
const ADDRESS_COUNT = 2 ** 21;

/**
 * The identity of a device.
 *
 * @param index The device's number, counted from 0 and never used twice.
 * @param name Its short name; "amelie-phone" belongs to amelie, "web-fra-01" stands in Frankfurt.
 */
export function makeIdentity(
  seed: number,
  index: number,
  name: string,
  traits: ReadonlySet<Trait>,
): DeviceIdentity {
  return {
    id: `${7 + hash(seed, STREAM.identity, index, 1) % 3}${
      String(hash(seed, STREAM.identity, index, 2) % 1e9).padStart(9, "0")
    }${String(index + 100_000).padStart(6, "0")}`,
    nodeId: nodeIdOf(seed, index),
    addresses: addressesOf(seed, index, traits.has("ipv6_only")),
    machineKey: `mkey:${hexDigits(64, seed, STREAM.identity, index, 3)}`,
    nodeKey: `nodekey:${hexDigits(64, seed, STREAM.identity, index, 4)}`,
    lockKey: `tlpub:${hexDigits(64, seed, STREAM.identity, index, 5)}`,
    clientVersion: versionOf(seed, index, traits),
    person: `${personOf(seed, index, name)}@example.com`,
    site: siteOf(seed, index, name),
  };
}

/** Whether a client of this version reports traffic of Tailscale Services: since 1.102. */
export function knowsServices(clientVersion: string): boolean {
  return clientVersion.startsWith("1.102.");
}

function personOf(seed: number, index: number, name: string): string {
  const owner = name.slice(0, Math.max(0, name.indexOf("-")));
  return PEOPLE.includes(owner) ? owner : pick(PEOPLE, seed, STREAM.identity, index);
}

function siteOf(seed: number, index: number, name: string): Site {
  return SITES.find(({ code }) => name.includes(`-${code}-`)) ??
    pick(SITES, seed, STREAM.site, index);
}

function nodeIdOf(seed: number, index: number): string {
  // The factor has no divisor in common with 58^4, so no two numbers meet.
  let rest = (hash(seed, STREAM.identity, -1) + index * 7_368_787) % NODE_ID_LETTERS.length ** 4;
  let text = "";
  for (let position = 0; position < 4; position++) {
    text = NODE_ID_LETTERS.charAt(rest % NODE_ID_LETTERS.length) + text;
    rest = Math.floor(rest / NODE_ID_LETTERS.length);
  }
  const luck = hash(seed, STREAM.identity, index, 6);
  for (let position = 0; position < 3; position++) {
    text += NODE_ID_LETTERS.charAt((luck >>> (8 * position)) % NODE_ID_LETTERS.length);
  }
  return `n${text}11CNTRL`;
}

/** An odd factor visits every address once before it comes back to the first. */
function addressesOf(seed: number, index: number, isIpv6Only: boolean): readonly string[] {
  const start = hash(seed, STREAM.identity) % ADDRESS_COUNT;
  const offset = (start + index * 1_299_709) % ADDRESS_COUNT;
  const ipv4 = `100.${64 + (offset >>> 16)}.${(offset >>> 8) & 255}.${offset & 255}`;
  // The upper group is never 0, so this is already the shortest spelling.
  const upper = (0x100 + (offset >>> 16)).toString(16);
  const ipv6 = `fd7a:115c:a1e0::${upper}:${(offset & 0xffff).toString(16)}`;
  return isIpv6Only ? [ipv6] : [ipv4, ipv6];
}

function versionOf(seed: number, index: number, traits: ReadonlySet<Trait>): string {
  const isNewest = traits.has("services") || traits.has("newer_family");
  const releases = isNewest
    ? RELEASES.slice(-1)
    : traits.has("update_available")
    ? RELEASES.slice(0, 3)
    : RELEASES.slice(unit(seed, STREAM.version, index) < 0.7 ? -2 : 0);
  const { version, commit } = pick(releases, seed, STREAM.version, index, 1);
  return `${version}-${commit}-g${hexDigits(9, seed, STREAM.version, Number(version.slice(2, 4)))}`;
}
