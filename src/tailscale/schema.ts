/**
 * From the text of a device list to devices: a total decoder that believes nothing. One bad device
 * is rejected, one bad field is undefined, and the rest is kept. Tailscale's own API, its older
 * answers and headscale's leaner ones are read by the same code.
 *
 * @module
 */

import { ApiError } from "../errors.ts";
import { readConnectivity } from "./connectivity.ts";
import type { Device, DeviceList, RejectedDevice } from "./device.ts";
import { readBoolean, readSeconds, readText, readTexts } from "./field.ts";
import { isJsonObject, type JsonObject, parseJson, parseJsonExactly } from "./json.ts";
import { EntryLimitError, type ListEntry, splitList } from "./json_list.ts";
import { LongBytes } from "./long_bytes.ts";
import { Redactor } from "../redactor.ts";
import { shareText, shareTexts } from "./pool.ts";

/** The most entries of one list: 64 MiB, the longest answer, hold some 45,000 real devices. */
export const MAX_DEVICES = 200_000;

const decoder = new TextDecoder();

/** The longest `id` and `nodeId`. */
const MAX_ID = 128;

const MAX_ADDRESSES = 64;
const MAX_TAGS = 256;

/** App connectors advertise some thousands; each route becomes a series. */
const MAX_ROUTES = 4096;

/** What stands behind every complaint about a body that is not a device list. */
const CHECK =
  "check TAILSCALE_API_URL, and whether a proxy or a login page stands between (HTTPS_PROXY)";

/**
 * The devices of an answer to `GET /tailnet/{tailnet}/devices?fields=all`.
 *
 * Texts longer than 1,024 characters are cut, list entries longer than that are left out; a device
 * keeps 64 addresses, 256 tags, 4,096 routes of each kind and 256 DERP regions. Costs about 15 µs
 * a device of 1.5 kB, half of it `JSON.parse`.
 *
 * Shape: `{"devices":[…]}` → Device[] (0..n) and one reason for each entry that is not usable;
 * `{"devices":null}` is an empty list
 * Source: Tailscale API v2, `listTailnetDevices`
 *
 * @param redactor Hides secrets in what an error quotes of the text.
 * @throws {ApiError} With failure "malformed" if the text is not JSON or holds no device list, or
 * if it has more than 200,000 entries, or some and none is a device.
 */
export function decodeDevices(text: string, redactor: Redactor = new Redactor()): DeviceList {
  return new DeviceDecoder(redactor).decode(LongBytes.of(text));
}

/** A device, and what its text is known again by. */
interface KnownDevice {
  readonly device: Device;
  readonly high: number;
  readonly length: number;
}

/** Options for a {@linkcode DeviceDecoder}. */
export interface DeviceDecoderOptions {
  /** From 0 up to, not including, 1; the platform's unless given. */
  readonly random?: () => number;
  /** The most entries of one list; {@linkcode MAX_DEVICES} unless given. */
  readonly maxDevices?: number;
}

/**
 * Decodes one list after the other. A device whose text is that of the list before is not decoded
 * again and is the same object: between two polls most of a fleet stands still. Texts are known by
 * their length and 64 bits of a seeded hash, so that the list need not stay in memory; among 10,000
 * devices that all change all the time one change would be missed in 10⁴ years.
 */
export class DeviceDecoder {
  readonly #redactor: Redactor;
  readonly #seed: number;
  readonly #maxDevices: number;
  /** The devices of the last list by half of their texts' hashes. */
  #known: ReadonlyMap<number, KnownDevice> = new Map();

  /**
   * A decoder that knows no device yet.
   *
   * @param redactor Hides secrets in what an error quotes of a text.
   */
  constructor(redactor: Redactor, options: DeviceDecoderOptions = {}) {
    const { random = Math.random, maxDevices = MAX_DEVICES } = options;
    this.#redactor = redactor;
    this.#maxDevices = maxDevices;
    this.#seed = Math.floor(random() * 2 ** 32);
  }

  /**
   * The devices of an answer, as {@linkcode decodeDevices} reads it.
   *
   * @param bytes The text as UTF-8; not kept.
   * @throws {ApiError} With failure "malformed" if the text is not JSON or holds no device list,
   * or a longer one than is wanted.
   */
  decode(bytes: LongBytes): DeviceList {
    const known = new Map<number, KnownDevice>();
    try {
      const options = { seed: this.#seed, maxEntries: this.#maxDevices };
      const entries = splitList(bytes, "devices", options);
      const list = collect(
        entries === undefined ? this.#decodeWhole(bytes) : this.#decodeEach(bytes, entries, known),
      );
      this.#known = known;
      return list;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (error instanceof EntryLimitError) {
        const got = `more in the first ${error.readBytes} of ${bytes.length} bytes`;
        throw tooMany(this.#maxDevices, got, error);
      }
      // Some entry is no JSON: the whole tells where, and what the text looks like.
      return collect(this.#decodeWhole(bytes));
    }
  }

  /** The text of each entry by itself, so that what was parsed of it does not live long. */
  *#decodeEach(
    bytes: LongBytes,
    entries: readonly ListEntry[],
    known: Map<number, KnownDevice>,
  ): Iterable<Device | string> {
    for (const { start, end, low, high } of entries) {
      const length = end - start;
      let one = this.#known.get(low);
      if (one === undefined || one.high !== high || one.length !== length) {
        const device = decodeDevice(parseEntry(decoder.decode(bytes.slice(start, end))));
        if (typeof device === "string") {
          yield device;
          continue;
        }
        one = { device, high, length };
      }
      known.set(low, one);
      yield one.device;
    }
  }

  *#decodeWhole(bytes: LongBytes): Iterable<Device | string> {
    for (const entry of readList(bytes.text(), this.#maxDevices, this.#redactor)) {
      yield decodeDevice(entry);
    }
  }
}

function parseEntry(text: string): unknown {
  const entry: unknown = JSON.parse(text);
  return hasUnsafeId(entry) ? parseJsonExactly(text) : entry;
}

/** Sorts devices from reasons why there is none, and leaves out what is listed twice. */
function collect(entries: Iterable<Device | string>): DeviceList {
  const devices: Device[] = [];
  const rejected: RejectedDevice[] = [];
  const indexById = new Map<string, number>();
  let index = -1;
  for (const device of entries) {
    index++;
    if (typeof device === "string") {
      rejected.push({ index, reason: device });
      continue;
    }
    const earlier = indexById.get(device.id);
    if (earlier !== undefined) {
      rejected.push({ index, reason: `Listed twice: the id is that of entry ${earlier}` });
      continue;
    }
    indexById.set(device.id, index);
    devices.push(device);
  }
  const first = rejected[0];
  if (devices.length === 0 && first !== undefined) {
    const problem = `none of its entries is a device; entry ${first.index}: ${first.reason}`;
    throw malformed(`Cannot read the device list: ${problem}; ${CHECK}`);
  }
  return { devices, rejected };
}

function readList(text: string, maxDevices: number, redactor: Redactor): readonly unknown[] {
  let answer: unknown;
  try {
    answer = parseJson(text);
  } catch (cause) {
    const wanted = cause instanceof RangeError ? "wanted a JSON of sane shape" : "wanted JSON";
    const problem = `${wanted}, got ${redactor.quote(text)}`;
    throw malformed(`Cannot read the device list: ${problem}; ${CHECK}`, cause);
  }
  const list: unknown = isJsonObject(answer) ? answer.devices : undefined;
  if (list === null) return [];
  if (!Array.isArray(list)) {
    const problem = `wanted {"devices":[…]}, got ${redactor.quote(text)}`;
    throw malformed(`Cannot read the device list: ${problem}; ${CHECK}`);
  }
  if (list.length > maxDevices) throw tooMany(maxDevices, `${list.length}`);
  return list.some(hasUnsafeId) ? reread(text) : list;
}

function tooMany(maxDevices: number, got: string, cause?: unknown): ApiError {
  const problem = `wanted at most ${maxDevices} entries, got ${got}`;
  return malformed(`Cannot read the device list: ${problem}; ${CHECK}`, cause);
}

function malformed(message: string, cause?: unknown): ApiError {
  // Only an answer with status 200 is decoded.
  return new ApiError("malformed", message, { status: 200, cause });
}

/** The same list with exact ids. */
function reread(text: string): readonly unknown[] {
  const answer = parseJsonExactly(text);
  return isJsonObject(answer) && Array.isArray(answer.devices) ? answer.devices : [];
}

function hasUnsafeId(entry: unknown): boolean {
  return isJsonObject(entry) && (isUnsafe(entry.id) || isUnsafe(entry.nodeId));
}

function isUnsafe(value: unknown): boolean {
  return typeof value === "number" && !Number.isSafeInteger(value);
}

/** The device, or why there is none. */
function decodeDevice(entry: unknown): Device | string {
  if (!isJsonObject(entry)) return `No device: wanted an object, got ${kindOf(entry)}`;
  const id = readId(entry.id);
  if (id === undefined) {
    return `No id: wanted text of 1 to ${MAX_ID} characters, got ${kindOf(entry.id)}`;
  }
  const name = readName(entry);
  if (name === undefined) {
    return `No name: wanted text in "name" or "hostname", got ${kindOf(entry.name)}`;
  }
  const connectedToControl = readBoolean(entry.connectedToControl);
  // Tailscale's own API leaves these two out where they are false; others never knew.
  const absentFlag = connectedToControl === undefined ? undefined : false;
  const keyExpiryDisabled = readBoolean(entry.keyExpiryDisabled);
  return {
    id,
    nodeId: readId(entry.nodeId),
    name,
    hostname: readText(entry.hostname),
    addresses: readTexts(entry.addresses, MAX_ADDRESSES) ?? [],
    user: readShared(entry.user),
    tags: shareTexts(readTexts(entry.tags, MAX_TAGS) ?? []),
    os: readShared(entry.os),
    clientVersion: readShared(entry.clientVersion),
    connectedToControl,
    lastSeenSeconds: readSeconds(entry.lastSeen),
    createdSeconds: readSeconds(entry.created),
    expiresSeconds: keyExpiryDisabled === true ? undefined : readSeconds(entry.expires),
    keyExpiryDisabled,
    authorized: readBoolean(entry.authorized),
    isExternal: readBoolean(entry.isExternal),
    isEphemeral: readFlag(entry.isEphemeral, absentFlag),
    updateAvailable: readBoolean(entry.updateAvailable),
    blocksIncomingConnections: readBoolean(entry.blocksIncomingConnections),
    multipleConnections: readFlag(entry.multipleConnections, absentFlag),
    tailnetLockError: entry.tailnetLockError === "" ? "" : readText(entry.tailnetLockError),
    advertisedRoutes: readRoutes(entry.advertisedRoutes),
    enabledRoutes: readRoutes(entry.enabledRoutes),
    connectivity: readConnectivity(entry.clientConnectivity),
    serialNumberCount: readSerialNumberCount(entry.postureIdentity),
  };
}

function readId(value: unknown): string | undefined {
  if (typeof value === "string") {
    return value !== "" && value.length <= MAX_ID ? value.toWellFormed() : undefined;
  }
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : undefined;
}

/** A text that other devices have too. */
function readShared(value: unknown): string | undefined {
  const text = readText(value);
  return text === undefined ? undefined : shareText(text);
}

function readRoutes(value: unknown): readonly string[] | undefined {
  const routes = readTexts(value, MAX_ROUTES);
  return routes === undefined ? undefined : shareTexts(routes);
}

/** The name without its trailing dot; the host name only where the API sent no name at all. */
function readName(entry: JsonObject): string | undefined {
  const isAbsent = entry.name === undefined || entry.name === null || entry.name === "";
  const name = readText(isAbsent ? entry.hostname : entry.name);
  if (name === undefined || !name.endsWith(".")) return name;
  return name === "." ? undefined : name.slice(0, -1);
}

/** A flag that may be absent; one of the wrong type is unknown, not absent. */
function readFlag(value: unknown, absent: boolean | undefined): boolean | undefined {
  return value === undefined || value === null ? absent : readBoolean(value);
}

function readSerialNumberCount(identity: unknown): number | undefined {
  if (!isJsonObject(identity) || !Array.isArray(identity.serialNumbers)) return undefined;
  return identity.serialNumbers.filter((entry) => typeof entry === "string").length;
}

/** What a value is, without showing it: a rejected entry may hold anything. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") {
    return value === "" ? "empty text" : `text of ${value.length} characters`;
  }
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "boolean" ? "a boolean" : "an object";
}
