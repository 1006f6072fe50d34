/**
 * What the program takes from the machine it runs on, apart from the network: so that commands can
 * be run by tests, and so that all of `Deno` that they need stands in `main.ts`.
 *
 * @module
 */

/** What the output goes to. */
export interface Terminal {
  /** Columns of the terminal that standard output is; undefined if it is none. */
  readonly columns: number | undefined;
  /** Whether standard output shows colours. */
  readonly hasColors: boolean;
}

/** The part of a `Cache` that is used. */
export interface CacheLike {
  /** Keeps a response. */
  put(url: string, response: Response): Promise<void>;
  /** The response of a URL; undefined if there is none. */
  match(url: string): Promise<Response | undefined>;
}

/** The part of a `CacheStorage` that is used. */
export interface CachesLike {
  /** Opens a cache, and makes it if there is none. */
  open(name: string): Promise<CacheLike>;
  /** Whether there is such a cache. */
  has(name: string): Promise<boolean>;
  /** Deletes a cache; false if there was none. */
  delete(name: string): Promise<boolean>;
  /** The names of all caches. */
  keys(): Promise<readonly string[]>;
}

/** The process around the program. */
export interface Runtime {
  /** The version of Deno. */
  readonly denoVersion: string;
  /** When the process started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** The time in milliseconds since 1970. */
  now(): number;
  /**
   * Monotonic clock: milliseconds since the process started, for durations and deadlines. It may
   * stand still while the machine sleeps.
   */
  elapsedMs(): number;
  /** Resident memory in bytes. */
  memoryBytes(): number;
  /** Processor time used so far, user and system, in seconds. */
  cpuSeconds(): number;
  /** The value of a variable of the environment. */
  readVariable(name: string): string | undefined;
  /**
   * Texts that outlive the process.
   *
   * @throws {Error} Where the system has no place for them.
   */
  storage(): Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /**
   * Caches of the platform, whose entries outlive the process.
   *
   * @throws {Error} Where the system has no place for them; so may each of their methods.
   */
  caches(): CachesLike;
  /** Takes a variable out of the environment. */
  deleteVariable(name: string): void;
  /** Writes to standard output, all of it. */
  write(bytes: Uint8Array): Promise<void>;
  /** What standard output is. */
  readonly terminal: Terminal;
  /** Writes a line to standard error. */
  writeLine(line: string): void;
  /** Makes an HTTP client; which proxies it takes from the environment is settled then. */
  createHttpClient(options: Deno.CreateHttpClientOptions): Deno.HttpClient;
  /** Opens a TCP connection. */
  connect(
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
  ): Promise<Deno.TcpConn>;
  /** Number of log lines dropped so far because standard error did not take them. */
  droppedLogLines(): number;
  /** Calls back when the process is asked to end; once for each request. */
  onStop(callback: () => void): void;
}
