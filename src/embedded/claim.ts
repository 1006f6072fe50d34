/**
 * A claim on an identity, so that two processes of one store do not run the same node: two nodes
 * with one key take the connections from each other.
 *
 * The holder writes nothing while it runs; it only reads. A newcomer leaves a question, which a
 * living holder answers. A claim of a process that was killed is not answered, and is taken over.
 *
 * @module
 */

import type { StorageLike } from "../store.ts";
import { untilStopped } from "../time/background.ts";
import type { Delay } from "../time/delay.ts";

/** What a claim is made with. */
export interface ClaimOptions {
  /** The storage that the identity is in; it may throw. */
  readonly storage: () => StorageLike;
  /** The key of the identity in it. */
  readonly key: string;
  /** Waits. */
  readonly delay: Delay;
  /** Makes a name that no other process has. */
  readonly makeOwner: () => string;
  /** Hears once that another process took the identity over. */
  readonly onLost: () => void;
}

/** Time between two looks of the holder for a question, and for the answer to one. */
const LOOK_MS = 1_000, ANSWER_MS = 3_500;

/** A claim that is held; disposing of it gives it up. */
export class Claim implements Disposable {
  readonly #options: ClaimOptions;
  readonly #owner: string;
  readonly #stop = new AbortController();

  /** For {@linkcode takeClaim}. */
  constructor(options: ClaimOptions, owner: string) {
    this.#options = options;
    this.#owner = owner;
    untilStopped(this.#hold(), this.#stop.signal);
  }

  /** Gives the identity up for the next process. */
  [Symbol.dispose](): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error("The claim is given up"));
    const { storage, key } = this.#options;
    if (read(storage, ownerKey(key)) === this.#owner) remove(storage, ownerKey(key));
  }

  async #hold(): Promise<void> {
    const { storage, key, delay, onLost } = this.#options;
    for (;;) {
      await delay(LOOK_MS, this.#stop.signal);
      // A storage that cannot be read now tells nothing about other processes.
      if ((read(storage, ownerKey(key)) ?? this.#owner) !== this.#owner) {
        this.#stop.abort(new Error("The claim is lost"));
        return onLost();
      }
      if (read(storage, questionKey(key)) !== undefined) remove(storage, questionKey(key));
    }
  }
}

/**
 * Claims an identity. Without a storage every claim is granted: no other process can share it.
 *
 * @returns undefined if a living process holds it.
 */
export async function takeClaim(options: ClaimOptions): Promise<Claim | undefined> {
  const { storage, key, makeOwner } = options;
  const owner = makeOwner();
  if (await isHeld(options, owner)) return undefined;
  write(storage, ownerKey(key), owner);
  return new Claim(options, owner);
}

/** Whether a living process holds an identity; takes 3.5 s to find that a dead one did. */
export async function isHeld(
  { storage, key, delay }: Pick<ClaimOptions, "delay" | "key" | "storage">,
  asker: string,
): Promise<boolean> {
  if (read(storage, ownerKey(key)) === undefined) return false;
  if (!write(storage, questionKey(key), asker)) return false;
  for (let waitedMs = 0; waitedMs < ANSWER_MS; waitedMs += ANSWER_STEP_MS) {
    await delay(ANSWER_STEP_MS);
    // The holder takes the question away; only it and other newcomers ever touch it.
    if (read(storage, questionKey(key)) === undefined) return true;
  }
  remove(storage, questionKey(key));
  return false;
}

const ANSWER_STEP_MS = 250;

function ownerKey(key: string): string {
  return `${key} owner`;
}

function questionKey(key: string): string {
  return `${key} question`;
}

function read(storage: () => StorageLike, key: string): string | undefined {
  try {
    return storage().getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage: () => StorageLike, key: string, text: string): boolean {
  try {
    storage().setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

function remove(storage: () => StorageLike, key: string): void {
  try {
    storage().removeItem(key);
  } catch {
    // Nothing can be kept, so there is nothing to take away.
  }
}
