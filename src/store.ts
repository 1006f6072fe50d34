/**
 * A few small texts that outlive the process, kept in origin storage: what `localStorage` is in
 * Deno. It needs no permission, only a directory that the user of the process may write:
 *
 * - A compiled program keeps them below `$XDG_DATA_HOME`, else `$HOME/.local/share`, in a directory
 *   of its app name; `DENO_DIR` plays no part.
 * - `deno run` keeps them in `$DENO_DIR/location_data`, else below `$XDG_CACHE_HOME/deno` or
 *   `$HOME/.cache/deno`, apart for each `--location`, else for each path of a `deno.json`.
 *
 * So a unit with `StateDirectory=tailscale-watchdog` sets `XDG_DATA_HOME` (compiled) or `DENO_DIR`
 * (which is the module cache too) to `/var/lib/tailscale-watchdog`. Where no directory can be
 * written, or the 10 MB are full, storage throws, and memory takes over until it does not.
 *
 * @module
 */

/** Texts by key. */
export interface Store {
  /** The text of a key; undefined if there is none. */
  get(key: string): string | undefined;
  /**
   * Keeps a text. One that could not be read before is not replaced: the next process may read it.
   *
   * @returns Whether it outlives the process.
   */
  set(key: string, text: string): boolean;
  /** Takes a text away, if there is one. */
  delete(key: string): void;
}

/** The part of a `Storage` that is used. */
export type StorageLike = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** How {@linkcode openStore} tells what happens. */
export interface StoreOptions {
  /** Called once when memory takes over; the sentence has the cause. */
  readonly onLost?: (sentence: string) => void;
  /** Called once when storage works again. */
  readonly onFound?: (sentence: string) => void;
}

/**
 * A store over origin storage. Nothing it does throws.
 *
 * @param storage Gives the storage, and may throw, as naming `localStorage` does; called at each
 * use, so that a directory that comes late is found. None: memory only.
 */
export function openStore(storage?: () => StorageLike, options: StoreOptions = {}): Store {
  return new OriginStore(storage ?? noStorage, options);
}

/** Storage works again, and holds what we went on without. */
const OVERLOOKED = "there is an older state that could not be read when it was asked for";

function noStorage(): StorageLike {
  throw new TypeError("there is no storage");
}

class OriginStore implements Store {
  readonly #storage: () => StorageLike;
  readonly #options: StoreOptions;
  /** What storage did not take; undefined for what it did not give up. */
  readonly #memory = new Map<string, string | undefined>();
  /** Keys that could not be read: what they hold, if anything, must not be overwritten unseen. */
  readonly #unread = new Set<string>();
  #isLost = false;

  constructor(storage: () => StorageLike, options: StoreOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  get(key: string): string | undefined {
    if (this.#memory.has(key)) return this.#memory.get(key);
    let text: string | undefined;
    if (this.#try((storage) => text = storage.getItem(key) ?? undefined)) this.#unread.delete(key);
    else this.#unread.add(key);
    return text;
  }

  set(key: string, text: string): boolean {
    return this.#write(key, text, (storage) => {
      if (this.#unread.has(key) && storage.getItem(key) !== null) throw new Error(OVERLOOKED);
      storage.setItem(key, text);
    });
  }

  delete(key: string): void {
    this.#write(key, undefined, (storage) => storage.removeItem(key));
  }

  #write(key: string, text: string | undefined, write: (storage: StorageLike) => void): boolean {
    const isKept = this.#try(write);
    if (isKept) this.#memory.delete(key);
    else this.#memory.set(key, text);
    return isKept;
  }

  /** Whether storage did it. */
  #try(use: (storage: StorageLike) => void): boolean {
    try {
      use(this.#storage());
    } catch (error) {
      if (!this.#isLost) this.#options.onLost?.(sentenceOf(error));
      this.#isLost = true;
      return false;
    }
    if (this.#isLost) this.#options.onFound?.("State is kept in storage again");
    this.#isLost = false;
    return true;
  }
}

function sentenceOf(error: unknown): string {
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Cannot keep state beyond this process: ${cause}; give it a directory that it may write ` +
    "in XDG_DATA_HOME (deno run: DENO_DIR)";
}

/** A storage that ends with the process. */
export function memoryStorage(): () => StorageLike {
  const texts = new Map<string, string>();
  const storage: StorageLike = {
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => void texts.set(key, text),
    removeItem: (key) => void texts.delete(key),
  };
  return () => storage;
}
