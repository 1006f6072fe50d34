/**
 * A runtime for commands under test: keeps what they write, and stops them when asked.
 *
 * @module
 */

import type { CachesLike, Runtime } from "../../src/runtime.ts";
import { FakeCaches } from "./fake_caches.ts";

/** A {@linkcode Runtime} that records. */
export class FakeRuntime implements Runtime {
  readonly denoVersion = "0.0.0-test";
  readonly startedAtMs: number = Date.now();
  /** The environment. */
  readonly variables: Record<string, string> = {};
  /** Variables taken out of the environment. */
  readonly deleted: string[] = [];
  readonly #written: Uint8Array[] = [];
  readonly #stops: (() => void)[] = [];

  now(): number {
    return Date.now();
  }
  elapsedMs(): number {
    return this.now() - this.startedAtMs;
  }
  memoryBytes(): number {
    return 48_000_000;
  }
  cpuSeconds(): number {
    return 1.5;
  }
  droppedLogLines(): number {
    return 0;
  }
  readVariable(name: string): string | undefined {
    return this.variables[name];
  }
  deleteVariable(name: string): void {
    this.deleted.push(name);
  }
  write(bytes: Uint8Array): Promise<void> {
    this.#written.push(bytes.slice());
    return Promise.resolve();
  }
  readonly terminal: { columns: number | undefined; hasColors: boolean } = {
    columns: undefined,
    hasColors: false,
  };
  /** Lines written to standard error. */
  readonly lines: string[] = [];
  writeLine(line: string): void {
    this.lines.push(line);
  }
  createHttpClient(options: Deno.CreateHttpClientOptions): Deno.HttpClient {
    return Deno.createHttpClient(options);
  }
  connect(
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
  ): Promise<Deno.TcpConn> {
    return Deno.connect(options);
  }
  /** Texts kept, as origin storage does. */
  readonly texts: Map<string, string> = new Map();
  storage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
    return {
      getItem: (key) => this.texts.get(key) ?? null,
      setItem: (key, text) => void this.texts.set(key, text),
      removeItem: (key) => void this.texts.delete(key),
    };
  }
  /** Caches kept, as origin storage does. */
  readonly cached: FakeCaches = new FakeCaches();
  caches(): CachesLike {
    return this.cached;
  }
  onStop(callback: () => void): void {
    this.#stops.push(callback);
  }

  /** Everything written so far. */
  output(): string {
    const decoder = new TextDecoder();
    return this.#written.map((bytes) => decoder.decode(bytes, { stream: true })).join("");
  }
  /** Asks the command to stop, as a signal does. */
  stop(): void {
    for (const callback of this.#stops) callback();
  }
}
