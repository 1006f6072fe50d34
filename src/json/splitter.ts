/**
 * Takes a JSON text apart while it arrives: the members of some objects and the elements of some
 * lists right below the top are handed over one by one, the rest is kept as a small text of its
 * own. So that a status of 10,000 peers or a list of 10,000 devices is never one string, one tree
 * and one long stop of the event loop. Parses nothing but keys.
 *
 * @module
 */

import { ByteBuffer } from "./byte_buffer.ts";

/** Takes what a {@linkcode MemberSplitter} finds. */
export interface MemberHandler {
  /** One of the named values begins; if it was there before, that one counts no more. */
  begin(name: string): void;
  /**
   * The value of a member begins; what the handler has seen before need not be looked at again.
   *
   * @param bytes What of the text has come, from right behind the colon on.
   * @returns How many of these bytes are known to be an object from its first to its last bracket,
   * blanks around it included; 0 for none.
   */
  foresee?(name: string, key: string, bytes: Uint8Array): number;
  /**
   * One member of an object. Objects are taken apart only if there is this method.
   *
   * @param value Its JSON text, which may be no JSON: only brackets and strings were looked at.
   * Valid until this returns. undefined if it is larger than allowed.
   */
  member?(name: string, key: string, value: Uint8Array | undefined): void;
  /** One element of a list; otherwise as `member`. */
  element?(name: string, value: Uint8Array | undefined): void;
}

/** The bounds of a {@linkcode MemberSplitter}. */
export interface MemberLimits {
  /** The most bytes of one member's or element's value. Default: 1 MiB. */
  readonly maxMemberBytes?: number;
  /** The most bytes of everything that is not in the named values. Default: 8 MiB. */
  readonly maxRestBytes?: number;
}

/** What is not in the named values is too large. */
export class RestLimitError extends RangeError {}

const MIB = 1024 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
/** The deepest nesting that is read; a device list goes five levels down. */
const MAX_DEPTH = 256;
/** Set in a bracket's code it makes a brace of it, and of no other character. */
const BRACKET_TO_BRACE = 0x20;

/**
 * Splits one JSON text.
 *
 * For a valid text, the members and the rest together hold what `JSON.parse` of the whole does. For
 * any other, {@linkcode MemberSplitter.push} or {@linkcode MemberSplitter.finish} throws, or a
 * member or the rest is no JSON.
 *
 * Shape: `{"a":1,"Peer":{"x":{…},"y":{…}}}` → members x and y, rest `{"a":1,"Peer":{}}`;
 * `{"devices":[{…},{…}]}` → two elements, rest `{"devices":[]}`
 * Units: costs about 2.5 ms a megabyte
 */
export class MemberSplitter {
  readonly #names: readonly string[];
  readonly #handler: MemberHandler;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #rest: ByteBuffer;
  /** The key or the value that began in an earlier chunk. */
  readonly #held: ByteBuffer;
  #chunk: Uint8Array = new Uint8Array();
  /** Offset in the chunk of the first byte that is not taken yet. */
  #from = 0;
  #depth = 0;
  #isInString = false;
  /** How many bytes of the next chunk are already dealt with: 1 after a backslash at the end. */
  #skipped = 0;
  /** Where the key of the top object's member begins in the rest. */
  #keyStart = 0;
  /** The named object whose value comes next. */
  #next: string | undefined;
  /** The named value that we are in. */
  #inside: string | undefined;
  /** Whether that is a list. */
  #isInList = false;
  /** The key of the member whose value comes next, inside of a named object. */
  #key: string | undefined;
  #isAfterComma = false;

  /**
   * Begins a text.
   *
   * @param names Keys of the top object whose values are taken apart.
   */
  constructor(names: readonly string[], handler: MemberHandler, limits: MemberLimits = {}) {
    this.#names = names;
    this.#handler = handler;
    this.#rest = new ByteBuffer(limits.maxRestBytes ?? 8 * MIB);
    this.#held = new ByteBuffer(limits.maxMemberBytes ?? MIB);
  }

  /**
   * Takes the next bytes; they are not kept.
   *
   * @throws {SyntaxError} If the text cannot be JSON.
   * @throws {RestLimitError} If the rest is larger than allowed.
   * @throws {RangeError} If the text is nested deeper than 256 levels.
   */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#from = 0;
    const end = chunk.length;
    // Nearly all bytes pass through here and nowhere else, so nothing is called for them.
    let at = this.#skipped;
    let isInString = this.#isInString;
    let depth = this.#depth;
    while (at < end) {
      if (isInString) {
        let byte = chunk[at];
        while (byte !== QUOTE) {
          // What is escaped may lie in the next chunk.
          at += byte === BACKSLASH ? 2 : 1;
          if (at >= end) break;
          byte = chunk[at];
        }
        if (at >= end) break;
        isInString = false;
        at++;
        continue;
      }
      const byte = chunk[at] ?? 0;
      const brace = byte | BRACKET_TO_BRACE;
      if (byte === QUOTE) {
        isInString = true;
      } else if (brace === OPEN_OBJECT) {
        if (++depth <= 2) this.#open(depth, byte, at);
        else if (depth > MAX_DEPTH) {
          throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels`);
        }
      } else if (brace === CLOSE_OBJECT) {
        depth--;
        if (depth <= 1) this.#close(depth, byte, at);
      } else if ((byte === COMMA || byte === COLON) && depth <= 2) {
        at += this.#delimit(depth, byte, at);
      }
      at++;
    }
    this.#skipped = at - end;
    this.#isInString = isInString;
    this.#depth = depth;
    if (this.#inside !== undefined) this.#held.append(chunk.subarray(this.#from));
    else this.#keepRest(end);
  }

  /**
   * Ends the text.
   *
   * @returns The rest, each named object in it empty.
   * @throws {SyntaxError} If the text ends early.
   */
  finish(): Uint8Array {
    if (this.#isInString || this.#depth !== 0) throw new SyntaxError("Ends early");
    return this.#rest.take();
  }

  #open(depth: number, byte: number, at: number): void {
    const name = this.#next;
    this.#next = undefined;
    if (depth === 1) {
      this.#keepRest(at + 1);
      this.#keyStart = this.#rest.length;
    } else if (name !== undefined && this.#isWanted(byte)) {
      this.#keepRest(at + 1);
      this.#inside = name;
      this.#isInList = byte === OPEN_LIST;
      this.#key = undefined;
      this.#isAfterComma = false;
      this.#handler.begin(name);
    }
  }

  #isWanted(bracket: number): boolean {
    const { member, element } = this.#handler;
    return (bracket === OPEN_OBJECT ? member : element) !== undefined;
  }

  #close(depth: number, byte: number, at: number): void {
    if (depth < 0) throw new SyntaxError("Closes more brackets than it opens");
    if (this.#inside === undefined || depth !== 1) return;
    if (byte !== (this.#isInList ? CLOSE_LIST : CLOSE_OBJECT)) {
      throw new SyntaxError(`Closes "${this.#inside}" with a bracket of the other kind`);
    }
    if (this.#isInList) this.#endElement(at, this.#isAfterComma);
    else if (this.#key !== undefined) this.#endMember(at);
    else if (this.#isAfterComma || !this.#isBlank(at)) throw this.#broken();
    this.#inside = undefined;
    this.#from = at;
  }

  /** Gives how many bytes behind the delimiter need no look. */
  #delimit(depth: number, byte: number, at: number): number {
    if (this.#inside === undefined) {
      if (depth === 1) this.#delimitTop(byte, at);
    } else if (depth === 2 && this.#isInList) {
      // A colon is the element's own fault.
      if (byte === COLON) return 0;
      this.#endElement(at, true);
      this.#isAfterComma = true;
    } else if (depth === 2) {
      if (byte === COLON) {
        // A second colon is the value's own fault.
        if (this.#key !== undefined) return 0;
        this.#key = this.#readKey(at);
        const { foresee } = this.#handler;
        if (foresee === undefined) return 0;
        return foresee.call(this.#handler, this.#inside, this.#key, this.#chunk.subarray(at + 1));
      }
      if (this.#key === undefined) throw this.#broken();
      this.#endMember(at);
      this.#isAfterComma = true;
    }
    return 0;
  }

  #delimitTop(byte: number, at: number): void {
    this.#keepRest(at + 1);
    this.#next = undefined;
    if (byte === COMMA) {
      this.#keyStart = this.#rest.length;
      return;
    }
    const key = this.#parseKey(this.#rest.view(this.#keyStart, this.#rest.length - 1));
    if (key !== undefined && this.#names.includes(key)) this.#next = key;
  }

  #readKey(at: number): string {
    const bytes = this.#piece(at);
    const key = bytes && this.#parseKey(bytes);
    if (key === undefined) throw this.#broken();
    return key;
  }

  #endMember(at: number): void {
    const value = this.#piece(at);
    this.#handler.member?.(this.#inside ?? "", this.#key ?? "", value);
    this.#key = undefined;
  }

  /** @param isNeeded Whether something has to stand there; `[]` alone holds nothing. */
  #endElement(at: number, isNeeded: boolean): void {
    const value = this.#piece(at);
    if (value === undefined || !isBlank(value)) {
      this.#handler.element?.(this.#inside ?? "", value);
    } else if (isNeeded) throw this.#broken();
  }

  #isBlank(at: number): boolean {
    const bytes = this.#piece(at);
    return bytes !== undefined && isBlank(bytes);
  }

  /** What stands between the last delimiter and this one; undefined if it is too large. */
  #piece(at: number): Uint8Array | undefined {
    const tail = this.#chunk.subarray(this.#from, at);
    this.#from = at + 1;
    if (this.#held.length === 0) return tail.length > this.#held.max ? undefined : tail;
    this.#held.append(tail);
    const { isOver } = this.#held;
    const bytes = this.#held.take();
    return isOver ? undefined : bytes;
  }

  /** Moves the bytes before `end` to the rest. */
  #keepRest(end: number): void {
    this.#rest.append(this.#chunk.subarray(this.#from, end));
    this.#from = end;
    if (this.#rest.isOver) {
      throw new RestLimitError(`Larger than ${this.#rest.max} bytes even without its lists`);
    }
  }

  #parseKey(bytes: Uint8Array): string | undefined {
    try {
      const key: unknown = JSON.parse(this.#decoder.decode(bytes));
      return typeof key === "string" ? key : undefined;
    } catch {
      return undefined;
    }
  }

  #broken(): SyntaxError {
    return new SyntaxError(`A member of "${this.#inside}" has no key or no value`);
  }
}

/** Whether there is nothing but JSON's blanks. */
function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return true;
}
