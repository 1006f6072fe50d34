/**
 * The peers of the status before, so that one of which nothing changed is not decoded again: in a
 * large tailnet most peers rest, and say the same byte for byte.
 *
 * @module
 */

import { Fingerprinter } from "../../json/fingerprint.ts";
import type { LocalPeer } from "./local_peer.ts";

/**
 * Maximum number of bytes hashed in one status for peers that turn out to have changed. Keys may
 * come again and again, each with a longer peer to compare: 60 MB of them would take minutes.
 */
const MAX_VAIN_BYTES = 64 * 1024 * 1024;

/** A peer and the mark of the bytes that it was decoded from. */
interface Remembered {
  readonly mark: number;
  /** How many bytes they were. */
  readonly length: number;
  readonly peer: LocalPeer;
}

/** What is remembered between statuses of one tailscaled. */
export class PeerMemory {
  readonly #fingerprinter: Fingerprinter;
  #peers: ReadonlyMap<string, Remembered> = new Map();

  /**
   * An empty memory.
   *
   * @param seed Should be random: a peer that knew it could hide a change of its own from us.
   */
  constructor(seed: number = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) {
    this.#fingerprinter = new Fingerprinter(seed);
  }

  /** How many peers are remembered. */
  get size(): number {
    return this.#peers.size;
  }

  /** Begins a status; several may be under way, and the last that ends is remembered. */
  begin(): MemoryUpdate {
    return new MemoryUpdate(this.#fingerprinter, this.#peers, (peers) => this.#peers = peers);
  }
}

/** One status that is read with a {@linkcode PeerMemory}. */
export class MemoryUpdate {
  readonly #fingerprinter: Fingerprinter;
  readonly #before: ReadonlyMap<string, Remembered>;
  readonly #keep: (peers: ReadonlyMap<string, Remembered>) => void;
  readonly #now = new Map<string, Remembered>();
  #vainBytes = 0;
  /** What the bytes were foreseen to be. */
  #foreseen: Remembered | undefined;

  /** Made by {@linkcode PeerMemory.begin}. */
  constructor(
    fingerprinter: Fingerprinter,
    before: ReadonlyMap<string, Remembered>,
    keep: (peers: ReadonlyMap<string, Remembered>) => void,
  ) {
    this.#fingerprinter = fingerprinter;
    this.#before = before;
    this.#keep = keep;
  }

  /**
   * Whether the next bytes are those of the status before.
   *
   * @param bytes What of the text has come, from where the peer begins.
   * @returns How many they are; 0 if they are others, or have not all come.
   */
  foresee(key: string, bytes: Uint8Array): number {
    const before = this.#before.get(key);
    this.#foreseen = undefined;
    if (before === undefined || before.length > bytes.length) return 0;
    if (this.#vainBytes > MAX_VAIN_BYTES) return 0;
    if (this.#fingerprinter.mark(bytes.subarray(0, before.length)) !== before.mark) {
      this.#vainBytes += before.length;
      return 0;
    }
    this.#foreseen = before;
    return before.length;
  }

  /**
   * The peer that these bytes say: the very object of the status before, if they are the same.
   *
   * @param decode Makes it of the bytes, or says why they are none.
   */
  recall(key: string, bytes: Uint8Array, decode: () => LocalPeer | string): LocalPeer | string {
    const remembered = this.#find(key, bytes) ?? this.#learn(bytes, decode());
    if (typeof remembered === "string") return remembered;
    this.#now.set(key, remembered);
    return remembered.peer;
  }

  /** Ends the status: its peers are those that are remembered. */
  end(): void {
    this.#keep(this.#now);
  }

  #find(key: string, bytes: Uint8Array): Remembered | undefined {
    const foreseen = this.#foreseen;
    this.#foreseen = undefined;
    // What follows a peer that was foreseen may be more of the same value.
    if (foreseen?.length === bytes.length) return foreseen;
    const before = this.#before.get(key);
    if (before?.length !== bytes.length) return undefined;
    return this.#fingerprinter.mark(bytes) === before.mark ? before : undefined;
  }

  #learn(bytes: Uint8Array, peer: LocalPeer | string): Remembered | string {
    if (typeof peer === "string") return peer;
    return { mark: this.#fingerprinter.mark(bytes), length: bytes.length, peer };
  }
}
