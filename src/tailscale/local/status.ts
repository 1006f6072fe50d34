/**
 * What tailscaled says about itself and its peers, read while it arrives: peer by peer, with rests
 * for the event loop, so that 10,000 peers never hold it.
 *
 * @module
 */

import { type Chunks, readInSlices } from "../../json/chunk.ts";
import { readBoolean, readText, readTexts } from "../../json/field.ts";
import { isJsonObject, type JsonObject, parseJson, parseJsonExactly } from "../../json/json.ts";
import { type MemberHandler, MemberSplitter } from "../../json/splitter.ts";
import { TimeSlice, type TimeSliceOptions } from "../../time/slice.ts";
import { decodePeer, type LocalPeer, readNumberId, readPeer } from "./local_peer.ts";
import type { ForeignKind } from "./peer_kind.ts";
import type { MemoryUpdate, PeerMemory } from "./peer_memory.ts";
import { decodeUser, type LocalUser } from "./user.ts";

/** What tailscaled is doing. */
export type BackendState =
  /** It has just started. */
  | "NoState"
  /** Another user of the machine has it. */
  | "InUseOtherUser"
  /** Logged out. */
  | "NeedsLogin"
  /** An admin has to approve the machine. */
  | "NeedsMachineAuth"
  /** It was told to be down. */
  | "Stopped"
  /** It is on its way up. */
  | "Starting"
  /** It is up. */
  | "Running";

/** All states, in the order in which they are shown. */
export const BACKEND_STATES: readonly BackendState[] = [
  "NoState",
  "InUseOtherUser",
  "NeedsLogin",
  "NeedsMachineAuth",
  "Stopped",
  "Starting",
  "Running",
];

/** The exit node in use. */
export interface ExitNode {
  /** Its stable id. */
  readonly id: string;
  /** Whether it is online. */
  readonly isOnline: boolean | undefined;
}

/** A peer that could not be used. */
export interface RejectedPeer {
  /** Its key in the status, mostly "nodekey:…". */
  readonly key: string;
  /** What was wrong and what was wanted. */
  readonly reason: string;
}

/** A decoded status. */
export interface LocalStatus {
  /** Version of tailscaled as sent, "1.102.3-t1234567890-g0123456789". */
  readonly version: string | undefined;
  /** What it is doing; undefined for a state that we do not know. */
  readonly backendState: BackendState | undefined;
  /** Whether it has a network device of the system; false in userspace mode. */
  readonly hasTun: boolean | undefined;
  /** Tailscale addresses of this host; none if it is not logged in. */
  readonly addresses: readonly string[];
  /** This host; undefined if it is not logged in. */
  readonly self: LocalPeer | undefined;
  /** undefined if none is in use. */
  readonly exitNode: ExitNode | undefined;
  /** What tailscaled finds wrong with itself, in sentences. */
  readonly health: readonly string[];
  /**
   * Every usable peer that is a machine of the tailnet, of a kind that is wanted as well, or the
   * exit node in use; empty if none were asked for.
   */
  readonly peers: readonly LocalPeer[];
  /** How many usable peers there were of each kind that is not wanted; no entry for none. */
  readonly excluded: ReadonlyMap<ForeignKind, number>;
  /** The others, at most {@linkcode MAX_REJECTED} of them. */
  readonly rejected: readonly RejectedPeer[];
  /** How many others there were. */
  readonly rejectedCount: number;
  /** The owners of nodes by their number. */
  readonly users: ReadonlyMap<string, LocalUser>;
}

/** How {@linkcode decodeStatus} works. */
export interface StatusOptions extends TimeSliceOptions {
  /** Peers of the previous status. Default: none, so that each is decoded. */
  readonly memory?: PeerMemory | undefined;
  /** Kinds of peers to keep besides the machines of the tailnet. Default: none. */
  readonly include?: ReadonlySet<ForeignKind>;
}

/** Maximum number of rejected peers whose reason is kept. */
export const MAX_REJECTED = 100;

/**
 * Maximum number of peers, and of users, usable or not. A status with more is refused at once: the
 * largest tailnets have some 10,000, and 60 MB of empty entries would take seconds.
 */
export const MAX_PEERS = 50_000;

/** Maximum length of a peer's key, mostly "nodekey:" and 64 digits. */
const MAX_KEY = 1024;

/** Maximum number of bytes besides peers and users; real ones are some KiB. */
const MAX_REST = 2 * 1024 * 1024;

/**
 * A status from the bytes of its JSON.
 *
 * Units: 10,000 peers of 1.2 kB cost 0.12 s of processor, some 15 ms of it at a stretch; a third of
 * that with a memory of the status before, if one peer in ten has changed
 * Source: `Status` in tailscale.com/ipn/ipnstate
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {TypeError} If it is no status.
 * @throws {RangeError} If it has more than 50,000 peers or users, or what is neither is over 2 MiB
 * or holds more than 50,000 values.
 * @throws What the chunks throw.
 */
export async function decodeStatus(
  chunks: Chunks,
  options: StatusOptions = {},
): Promise<LocalStatus> {
  const reader = new StatusReader(options);
  await readInSlices(chunks, (bytes) => reader.push(bytes), new TimeSlice(options));
  return reader.finish();
}

/** Collects what the splitter finds. */
class StatusReader implements MemberHandler {
  readonly #splitter = new MemberSplitter(["Peer", "User"], this, { maxRestBytes: MAX_REST });
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #peers = new Map<string, LocalPeer>();
  readonly #users = new Map<string, LocalUser>();
  readonly #rejected: RejectedPeer[] = [];
  readonly #excluded = new Map<ForeignKind, number>();
  readonly #include: ReadonlySet<ForeignKind>;
  readonly #update: MemoryUpdate | undefined;
  #rejectedCount = 0;
  /** Members of all objects of the text, those that count no more as well. */
  #peerCount = 0;
  #userCount = 0;

  constructor({ memory, include = new Set() }: StatusOptions) {
    this.#update = memory?.begin();
    this.#include = include;
  }

  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  begin(name: string): void {
    if (name === "User") return this.#users.clear();
    this.#peers.clear();
    this.#excluded.clear();
    this.#rejected.length = 0;
    this.#rejectedCount = 0;
  }

  foresee(name: string, key: string, bytes: Uint8Array): number {
    return name === "Peer" && this.#update !== undefined ? this.#update.foresee(key, bytes) : 0;
  }

  member(name: string, key: string, value: Uint8Array | undefined): void {
    if (name === "User") {
      if (++this.#userCount > MAX_PEERS) throw new RangeError(`More than ${MAX_PEERS} users`);
      if (value === undefined) return;
      const user = decodeUser(this.#decoder.decode(value));
      if (user !== undefined) this.#users.set(user.id, user);
      return;
    }
    if (++this.#peerCount > MAX_PEERS) throw new RangeError(`More than ${MAX_PEERS} peers`);
    const peer = value === undefined ? "Larger than 1 MiB" : this.#readPeer(key, value);
    if (typeof peer === "string") return this.#reject(key, peer);
    if (!this.#isWanted(peer)) return;
    if (this.#peers.has(peer.id)) return this.#reject(key, "Listed twice: another has this id");
    this.#peers.set(peer.id, peer);
  }

  finish(): LocalStatus {
    const text = new TextDecoder().decode(this.#splitter.finish());
    const rest = readRest(text);
    const self = readPeer(rest.Self, () => readRest(text, parseJsonExactly).Self);
    const backend = BACKEND_STATES.find((state) => state === rest.BackendState);
    const hasPeers = isJsonObject(rest.Peer);
    this.#update?.end();
    return {
      version: readText(rest.Version),
      backendState: backend,
      hasTun: readBoolean(rest.TUN),
      addresses: readTexts(rest.TailscaleIPs, 64) ?? [],
      self: typeof self === "string" ? undefined : self,
      exitNode: readExitNode(rest.ExitNodeStatus),
      health: readTexts(rest.Health, 256) ?? [],
      peers: hasPeers ? [...this.#peers.values()] : [],
      excluded: hasPeers ? this.#excluded : new Map(),
      rejected: hasPeers ? this.#rejected : [],
      rejectedCount: hasPeers ? this.#rejectedCount : 0,
      users: isJsonObject(rest.User) ? this.#users : new Map(),
    };
  }

  #readPeer(key: string, value: Uint8Array): LocalPeer | string {
    // Keys of peers are remembered.
    if (key.length > MAX_KEY) return `Its key is longer than ${MAX_KEY} characters`;
    const decode = () => decodePeer(this.#decoder.decode(value));
    return this.#update === undefined ? decode() : this.#update.recall(key, value, decode);
  }

  /** Whether a peer is kept; one that is not is counted. */
  #isWanted({ kind, isExitNode }: LocalPeer): boolean {
    if (kind === "device" || isExitNode === true || this.#include.has(kind)) return true;
    this.#excluded.set(kind, (this.#excluded.get(kind) ?? 0) + 1);
    return false;
  }

  #reject(key: string, reason: string): void {
    this.#rejectedCount++;
    if (this.#rejected.length < MAX_REJECTED) {
      this.#rejected.push({ key: readText(key) ?? "", reason });
    }
  }
}

function readRest(text: string, parse: (text: string) => unknown = parseJson): JsonObject {
  const rest = parse(text);
  // Every status has a state, and what has none is JSON of another program.
  if (isJsonObject(rest) && typeof rest.BackendState === "string") return rest;
  throw new TypeError('wanted an object with "BackendState"');
}

function readExitNode(value: unknown): ExitNode | undefined {
  if (!isJsonObject(value)) return undefined;
  const id = readText(value.ID) ?? readNumberId(value.ID);
  return id === undefined ? undefined : { id, isOnline: readBoolean(value.Online) };
}
