/**
 * The answer of the API with all devices, taken apart while it arrives: entry by entry, with pauses
 * for the event loop, so that the answer is never in memory as a whole. What an entry says is read
 * by the format of the API that sent it.
 *
 * @module
 */

import { ApiError, type ApiFailure } from "../errors.ts";
import { type Chunks, readInSlices } from "../json/chunk.ts";
import { Fingerprinter } from "../json/fingerprint.ts";
import {
  isJsonObject,
  MAX_VALUES,
  parseJson,
  parseJsonExactly,
  parseShallowJson,
} from "../json/json.ts";
import { type MemberHandler, MemberSplitter, RestLimitError } from "../json/splitter.ts";
import type { Redactor } from "../secret/redactor.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { Device, DeviceList, RejectedDevice } from "./device.ts";

/** The most entries of one list: 64 MiB, the longest answer, hold some 45,000 real devices. */
export const MAX_DEVICES = 200_000;

/** The most bytes of one entry; a device with all the routes that are kept has 400 kB. */
const MAX_ENTRY_BYTES = 16 << 20;

/**
 * An entry up to this size is parsed whatever it holds, in some milliseconds. A larger one may have
 * {@linkcode MAX_VALUES}; a few absurdly long texts are cut, and the device kept.
 */
const MAX_DENSE_BYTES = 64 << 10;

/** The most bytes of everything beside the list. */
const MAX_REST_BYTES = 1 << 20;

/** How much of the answer is kept for an error to quote. */
const BEGINNING_BYTES = 16 * 1024;

/** How one API writes a list of devices. */
export interface DeviceListFormat {
  /** The member that holds the entries, "devices". */
  readonly member: string;
  /** The device of an entry, or why there is none. */
  readonly decode: (entry: unknown) => Device | string;
  /** Whether an entry must be parsed again, because it holds an integer beyond 2^53. */
  readonly isInexact: (entry: unknown) => boolean;
  /** What to do about a text that is no such list, by its beginning. */
  readonly advise: (beginning: string) => string;
}

/** A device, and the length of its text. */
interface KnownDevice {
  readonly device: Device;
  readonly length: number;
}

/** Options for a {@linkcode DeviceDecoder}. */
export interface DeviceDecoderOptions {
  /** From 0 up to, not including, 1. Default: the platform's. */
  readonly random?: () => number;
  /** The most entries of one list. Default: {@linkcode MAX_DEVICES}. */
  readonly maxDevices?: number;
}

/**
 * Decodes one list after the other. A device whose text is that of the list before is not decoded
 * again and is the same object: between two polls most of a fleet stands still. Texts are compared
 * by length and 53 bits of a seeded hash, so that the list need not stay in memory; among 10,000
 * devices of which a tenth changes in each poll one change would be missed in 1,000 years.
 *
 * Texts longer than 1,024 characters are cut, list entries longer than that are left out; a device
 * keeps 64 addresses, 256 tags, 4,096 routes of each kind and 256 DERP regions.
 *
 * Shape: `{"devices":[…]}` → Device[] (0..n) and one reason for each entry that is not usable;
 * `{"devices":null}` is an empty list
 * Units: about 15 µs a device of 1.5 kB, 6 µs one that is known
 */
export class DeviceDecoder {
  readonly #format: DeviceListFormat;
  readonly #redactor: Redactor;
  readonly #maxDevices: number;
  readonly #fingerprinter: Fingerprinter;
  /** The devices of the last list by the hashes of their texts. */
  #known: ReadonlyMap<number, KnownDevice> = new Map();

  /**
   * A decoder that knows no device yet.
   *
   * @param format How the API writes the list.
   * @param redactor Hides secrets in what an error quotes of a text.
   */
  constructor(format: DeviceListFormat, redactor: Redactor, options: DeviceDecoderOptions = {}) {
    const { random = Math.random, maxDevices = MAX_DEVICES } = options;
    this.#format = format;
    this.#redactor = redactor;
    this.#maxDevices = maxDevices;
    this.#fingerprinter = new Fingerprinter(Math.floor(random() * 2 ** 32));
  }

  /**
   * The devices of an answer.
   *
   * @param chunks The text as UTF-8; not kept.
   * @throws {ApiError} With failure "malformed" if the text is not JSON or holds no device list, if
   * the list has more entries than allowed, or some and none is a device; "too_large" if there is
   * more than 1 MiB beside the list.
   * @throws What the chunks throw.
   */
  async decode(chunks: Chunks, options: TimeSliceOptions = {}): Promise<DeviceList> {
    const reader = this.#begin();
    const push = (bytes: Uint8Array) => this.#guard(reader, () => reader.push(bytes));
    await readInSlices(chunks, push, new TimeSlice(options));
    return this.#finish(reader);
  }

  /** The same, at a stretch: for tests, fuzz and benchmarks. */
  decodeNow(text: string): DeviceList {
    const reader = this.#begin();
    this.#guard(reader, () => reader.push(new TextEncoder().encode(text)));
    return this.#finish(reader);
  }

  #begin(): DeviceListReader {
    return new DeviceListReader(this.#format, this.#fingerprinter, this.#known, this.#maxDevices);
  }

  #finish(reader: DeviceListReader): DeviceList {
    const list = this.#guard(reader, () => reader.finish());
    if (list === undefined) {
      const wanted = `{"${this.#format.member}":[…]}`;
      const got = this.#redactor.quote(reader.beginning());
      throw this.#unreadable(reader, `wanted ${wanted}, got ${got}`);
    }
    const first = list.rejected[0];
    if (list.devices.length === 0 && first !== undefined) {
      throw this.#unreadable(
        reader,
        `none of its entries is a device; entry ${first.index}: ${first.reason}`,
      );
    }
    this.#known = reader.known;
    return list;
  }

  /** Turns what is wrong with the text into an error that quotes its beginning. */
  #guard<T>(reader: DeviceListReader, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof EntryLimitError) {
        const problem = `wanted at most ${this.#maxDevices} entries, got more`;
        throw this.#unreadable(reader, problem, { cause: error });
      }
      if (error instanceof RestLimitError) {
        const problem = `wanted at most ${MAX_REST_BYTES} bytes beside the devices, got more`;
        throw this.#unreadable(reader, problem, { failure: "too_large", cause: error });
      }
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      const wanted = error instanceof RangeError ? "wanted a JSON of sane shape" : "wanted JSON";
      const got = this.#redactor.quote(reader.beginning());
      throw this.#unreadable(reader, `${wanted}, got ${got}`, { cause: error });
    }
  }

  #unreadable(
    reader: DeviceListReader,
    problem: string,
    { failure = "malformed", cause }: { failure?: ApiFailure; cause?: unknown } = {},
  ): ApiError {
    const advice = this.#format.advise(reader.beginning());
    // Only an answer with status 200 is decoded.
    return new ApiError(failure, `Cannot read the device list: ${problem}; ${advice}`, {
      status: 200,
      cause,
    });
  }
}

/** The list has more entries than it may have. */
class EntryLimitError extends RangeError {}

/** Collects the entries of one answer. */
class DeviceListReader implements MemberHandler {
  /** The devices by the hashes of their texts. */
  readonly known = new Map<number, KnownDevice>();
  readonly #splitter: MemberSplitter;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #format: DeviceListFormat;
  readonly #fingerprinter: Fingerprinter;
  readonly #before: ReadonlyMap<number, KnownDevice>;
  readonly #maxDevices: number;
  readonly #beginning: Uint8Array[] = [];
  #beginningLength = 0;
  #devices: Device[] = [];
  #rejected: RejectedDevice[] = [];
  readonly #indexById = new Map<string, number>();
  #index = 0;

  constructor(
    format: DeviceListFormat,
    fingerprinter: Fingerprinter,
    before: ReadonlyMap<number, KnownDevice>,
    maxDevices: number,
  ) {
    this.#format = format;
    this.#splitter = new MemberSplitter([format.member], this, {
      maxMemberBytes: MAX_ENTRY_BYTES,
      maxRestBytes: MAX_REST_BYTES,
    });
    this.#fingerprinter = fingerprinter;
    this.#before = before;
    this.#maxDevices = maxDevices;
  }

  push(bytes: Uint8Array): void {
    const room = BEGINNING_BYTES - this.#beginningLength;
    if (room > 0) {
      const part = bytes.slice(0, room);
      this.#beginning.push(part);
      this.#beginningLength += part.length;
    }
    this.#splitter.push(bytes);
  }

  /** The list; undefined if the text is JSON without one. */
  finish(): DeviceList | undefined {
    const rest = parseJson(new TextDecoder().decode(this.#splitter.finish()));
    const list: unknown = isJsonObject(rest) ? rest[this.#format.member] : undefined;
    // JSON with the key twice means the last one.
    if (list === null) return { devices: [], rejected: [] };
    if (!Array.isArray(list)) return undefined;
    return { devices: this.#devices, rejected: this.#rejected };
  }

  /** The first characters of the text. */
  beginning(): string {
    const decoder = new TextDecoder();
    return this.#beginning.map((part) => decoder.decode(part, { stream: true })).join("");
  }

  begin(): void {
    this.known.clear();
    this.#indexById.clear();
    this.#devices = [];
    this.#rejected = [];
    this.#index = 0;
  }

  element(_name: string, value: Uint8Array | undefined): void {
    const index = this.#index++;
    if (index >= this.#maxDevices) throw new EntryLimitError("Too many entries");
    const device = value === undefined
      ? `No device: larger than ${MAX_ENTRY_BYTES} bytes`
      : isTooDense(value)
      ? `No device: larger than ${MAX_DENSE_BYTES} bytes, with more than ${MAX_VALUES} values`
      : this.#recall(value);
    if (typeof device === "string") {
      this.#rejected.push({ index, reason: device });
      return;
    }
    const earlier = this.#indexById.get(device.id);
    if (earlier !== undefined) {
      const reason = `Listed twice: the id is that of entry ${earlier}`;
      this.#rejected.push({ index, reason });
      return;
    }
    this.#indexById.set(device.id, index);
    this.#devices.push(device);
  }

  /** The very object of the list before, if the text is the same. */
  #recall(bytes: Uint8Array): Device | string {
    const mark = this.#fingerprinter.mark(bytes);
    const { length } = bytes;
    let known = this.#before.get(mark);
    if (known?.length !== length) {
      const device = this.#decode(this.#decoder.decode(bytes));
      if (typeof device === "string") return device;
      known = { device, length };
    }
    this.known.set(mark, known);
    return known.device;
  }

  #decode(text: string): Device | string {
    const { decode, isInexact } = this.#format;
    const entry = parseShallowJson(text);
    return decode(isInexact(entry) ? parseJsonExactly(text) : entry);
  }
}

/** Whether an entry would take long, and much memory, to parse. Counts inside of texts, too. */
function isTooDense(bytes: Uint8Array): boolean {
  if (bytes.length <= MAX_DENSE_BYTES) return false;
  let count = 0;
  // By index: for 16 MiB `for … of` takes a fifth of a second.
  for (let at = 0; at < bytes.length && count <= MAX_VALUES; at++) {
    const byte = bytes[at];
    if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) count++;
  }
  return count > MAX_VALUES;
}

const COMMA = 0x2c, OPEN_LIST = 0x5b, OPEN_OBJECT = 0x7b;
