/**
 * IP addresses and address blocks, read strictly: no leading zeros, no zone ids, no shorthand. An
 * IPv4-mapped IPv6 address is the IPv4 address that it carries, so that a check written for one
 * spelling cannot be passed by the other. A leaf: imports nothing.
 *
 * @module
 */

/** An address block, "100.64.0.0/10". */
export interface Cidr {
  /** The address family; a block inside ::ffff:0:0/96 is version 4. */
  readonly version: 4 | 6;
  /** Whether the address lies inside; false for text that is no address. */
  contains(address: string): boolean;
  /** The block with its host bits cleared, in the canonical spelling. */
  toString(): string;
}

/** An address as bytes: 4 of them for IPv4, 16 for IPv6. */
type AddressBytes = Uint8Array;

/**
 * An address block from its text. Bits behind the prefix are cleared; an address without a prefix
 * is the block of this one address.
 *
 * Shape: "10.1.2.3/8" → 10.0.0.0/8
 * Source: RFC 4632, RFC 4291 section 2.2 and 2.5.5.2
 *
 * @returns undefined if the text is not a block.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const bytes = parseBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  // An address written as IPv6 counts its prefix from the front of all 128 bits.
  const isWrittenAsV6 = text.includes(":");
  const writtenBits = isWrittenAsV6 ? 128 : 32;
  const written = slash < 0 ? writtenBits : parsePrefix(text.slice(slash + 1), writtenBits);
  if (written === undefined) return undefined;
  if (!isWrittenAsV6 || bytes.length === 16) return new Block(bytes, written);
  if (written >= 96) return new Block(bytes, written - 96);
  return new Block(mappedBytes(bytes), written);
}

/**
 * Which family an address is of.
 *
 * @returns undefined if the text is not an address; 4 for an IPv4-mapped IPv6 address.
 */
export function addressVersion(address: string): 4 | 6 | undefined {
  const bytes = parseBytes(address);
  if (bytes === undefined) return undefined;
  return bytes.length === 4 ? 4 : 6;
}

/** Whether an address lies in one of the blocks; cheaper than to ask each, which reads it anew. */
export function isInAny(address: string, blocks: readonly Cidr[]): boolean {
  const bytes = parseBytes(address);
  if (bytes === undefined) return false;
  return blocks.some((block) =>
    block instanceof Block ? block.containsBytes(bytes) : block.contains(address)
  );
}

/** A host as it stands before ":port" and in a URL: an IPv6 address in brackets, all else as is. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * An address in its canonical spelling: what a URL, a log line and a comparison should use.
 *
 * Source: RFC 5952
 *
 * @returns undefined if the text is not an address.
 */
export function canonicalAddress(address: string): string | undefined {
  const bytes = parseBytes(address);
  return bytes === undefined ? undefined : formatBytes(bytes);
}

class Block implements Cidr {
  readonly version: 4 | 6;
  readonly #network: AddressBytes;
  readonly #prefix: number;

  constructor(address: AddressBytes, prefix: number) {
    this.version = address.length === 4 ? 4 : 6;
    this.#network = address.map((byte, index) => byte & maskByte(index, prefix));
    this.#prefix = prefix;
  }

  contains(address: string): boolean {
    const bytes = parseBytes(address);
    return bytes !== undefined && this.containsBytes(bytes);
  }

  containsBytes(bytes: AddressBytes): boolean {
    if (bytes.length !== this.#network.length) return false;
    for (let index = 0; index * 8 < this.#prefix; index++) {
      if (((bytes[index] ?? 0) & maskByte(index, this.#prefix)) !== this.#network[index]) {
        return false;
      }
    }
    return true;
  }

  toString(): string {
    return `${formatBytes(this.#network)}/${this.#prefix}`;
  }
}

/** The part of a prefix that falls into one byte. */
function maskByte(index: number, prefix: number): number {
  const bits = Math.min(8, Math.max(0, prefix - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

function parsePrefix(text: string, maximum: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= maximum ? prefix : undefined;
}

function parseBytes(text: string): AddressBytes | undefined {
  // The longest spelling has 45 characters: six groups and a dotted IPv4 address.
  if (text.length > 45) return undefined;
  if (!text.includes(":")) return parseV4(text);
  const bytes = parseV6(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes;
}

function parseV4(text: string): AddressBytes | undefined {
  // By hand: a fleet's addresses are read several times a cycle, and this takes a fifth of the
  // time.
  const bytes = new Uint8Array(4);
  let index = 0;
  let value = -1;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (value === 0) return undefined;
      value = value < 0 ? digit : value * 10 + digit;
      if (value > 255) return undefined;
    } else {
      if (text[at] !== "." || value < 0 || index === 3) return undefined;
      bytes[index++] = value;
      value = -1;
    }
  }
  if (index !== 3 || value < 0) return undefined;
  bytes[3] = value;
  return bytes;
}

function parseV6(text: string): AddressBytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const given = head.length + tail.length;
  // "::" stands for at least one group of zeros.
  if (halves.length === 1 ? given !== 16 : given > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/**
 * Groups between colons as bytes; the last one may be a dotted IPv4 address if it ends the text.
 */
function parseGroups(text: string, mayEndInV4: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] ?? "";
    const value = parseGroup(group);
    if (value !== undefined) {
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const v4 = mayEndInV4 && index === groups.length - 1 ? parseV4(group) : undefined;
    if (v4 === undefined) return undefined;
    bytes.push(...v4);
  }
  return bytes;
}

/** One to four hexadecimal digits. */
function parseGroup(text: string): number | undefined {
  if (text.length === 0 || text.length > 4) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const lower = code | 0x20;
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return undefined;
  }
  return value;
}

function isMapped(bytes: AddressBytes): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.indexOf(0xff) === 10 &&
    bytes.subarray(0, 10).every((byte) => byte === 0);
}

function mappedBytes(v4: AddressBytes): AddressBytes {
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0xff], 10);
  bytes.set(v4, 12);
  return bytes;
}

function formatBytes(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  }
  return compressGroups(groups);
}

/** Writes the longest run of at least two zero groups as "::", the first one of equal runs. */
function compressGroups(groups: readonly string[]): string {
  let start = 0;
  let length = 1;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === "0") to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}
