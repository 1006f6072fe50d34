/**
 * A real InfluxDB 1 on the loopback and in a directory of its own, that wants a login.
 *
 * @module
 */

import { assert } from "@std/assert";
import { freePort } from "../_support/free_port.ts";
import { Lines } from "./_lines.ts";
import { until } from "../_support/until.ts";

/** How long an answer may take before it is given up. */
const MOST_ANSWER_MS = 30_000;

/** The one user; may do everything. */
export const USERNAME = "tsmetrics", PASSWORD = "pa55-word";

/** A row of an answer: column names and values. */
export type Row = Readonly<Record<string, unknown>>;

/** A server; disposing of it ends the process and removes its directory. */
export class InfluxDb implements AsyncDisposable {
  /** Where it answers, once it is started. */
  readonly origin: string;
  readonly #directory: string;
  readonly #rpcPort: number = freePort();
  #child: Deno.ChildProcess | undefined;
  #log: Lines | undefined;

  /** Reserves a port; nothing listens there before {@linkcode InfluxDb.start}. */
  constructor(directory: string, port: number) {
    this.#directory = directory;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** A server that is not started yet. */
  static async make(): Promise<InfluxDb> {
    return new InfluxDb(await Deno.makeTempDir({ prefix: "tsmetrics-influxdb-" }), freePort());
  }

  /** Starts it and waits until it can be asked. */
  async start(): Promise<void> {
    const directory = this.#directory;
    this.#child = new Deno.Command("influxd", {
      args: ["run", "-config", "/dev/null"],
      clearEnv: true,
      env: {
        HOME: directory,
        INFLUXDB_BIND_ADDRESS: `127.0.0.1:${this.#rpcPort}`,
        INFLUXDB_REPORTING_DISABLED: "true",
        INFLUXDB_META_DIR: `${directory}/meta`,
        INFLUXDB_DATA_DIR: `${directory}/data`,
        INFLUXDB_DATA_WAL_DIR: `${directory}/wal`,
        INFLUXDB_MONITOR_STORE_ENABLED: "false",
        INFLUXDB_HTTP_BIND_ADDRESS: this.origin.replace("http://", ""),
        INFLUXDB_HTTP_AUTH_ENABLED: "true",
        INFLUXDB_HTTP_LOG_ENABLED: "false",
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#log = new Lines(this.#child.stderr);
    await until("InfluxDB to be ready", () => this.#isReady());
    await this.query(`CREATE USER ${USERNAME} WITH PASSWORD '${PASSWORD}' WITH ALL PRIVILEGES`);
  }

  /** The rows of a query, of all series; their tags are columns. */
  async query(query: string, database = ""): Promise<readonly Row[]> {
    const response = await this.#fetch("/query", {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${USERNAME}:${PASSWORD}`)}` },
      body: new URLSearchParams({ q: query, db: database, epoch: "ns" }),
    });
    const { error, results: [result] = [] } = await response.json();
    assert(response.ok && result?.error === undefined, `${query}: ${error ?? result?.error}`);
    return (result.series ?? []).flatMap((
      { columns, tags = {}, values }: {
        readonly columns: readonly string[];
        readonly tags?: Row;
        readonly values: readonly (readonly unknown[])[];
      },
    ) =>
      values.map((row) => ({
        ...tags,
        ...Object.fromEntries(columns.map((name, at) => [name, row[at]])),
      }))
    );
  }

  /** Ends the process and removes what it kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    await this.#log?.finished;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await this.#fetch("/ping");
      await response.body?.cancel();
      return response.status === 204;
    } catch {
      return false;
    }
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const signal = AbortSignal.timeout(MOST_ANSWER_MS);
    return await fetch(`${this.origin}${path}`, { ...init, signal });
  }
}
