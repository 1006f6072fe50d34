/**
 * A real VictoriaMetrics of one node that scrapes, on the loopback and in a directory of its own.
 *
 * @module
 */

import { assert } from "@std/assert";
import { freePort } from "../_support/free_port.ts";
import { Lines } from "./_lines.ts";
import { type Result } from "./_prometheus.ts";
import { until } from "../_support/until.ts";

/** How long an answer may take before it is given up. */
const MOST_ANSWER_MS = 30_000;

/** A stored sample of a series. */
export interface Sample {
  /** When it was taken, in milliseconds since 1970. */
  readonly atMs: number;
  /** The value; null where a series was marked as ended. */
  readonly value: number | null;
}

/** A running server; disposing of it ends the process and removes its directory. */
export class VictoriaMetrics implements AsyncDisposable {
  /** All that it logs. */
  readonly log: Lines;
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #origin: string;
  #status: Deno.CommandStatus | undefined;

  /** Starts the process; {@linkcode VictoriaMetrics.start} also waits until it can be asked. */
  constructor(directory: string, port: number, flags: readonly string[]) {
    this.#directory = directory;
    this.#origin = `http://127.0.0.1:${port}`;
    this.#child = new Deno.Command("victoria-metrics", {
      args: [
        `-storageDataPath=${directory}/data`,
        `-httpListenAddr=127.0.0.1:${port}`,
        `-promscrape.config=${directory}/scrape.yml`,
        "-retentionPeriod=1d",
        // By default, what is younger than 30 s is not found.
        "-search.latencyOffset=0s",
        ...flags,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.log = new Lines(this.#child.stderr);
    this.#child.status.then((status) => this.#status = status);
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @param config What to scrape, in YAML as Prometheus has it.
   */
  static async start(config: string, flags: readonly string[] = []): Promise<VictoriaMetrics> {
    const directory = await Deno.makeTempDir({ prefix: "tsmetrics-victoria-" });
    await Deno.writeTextFile(`${directory}/scrape.yml`, config);
    const server = new VictoriaMetrics(directory, freePort(), flags);
    try {
      await until("VictoriaMetrics to be ready", () => {
        assert(server.#status === undefined, "It ended");
        return server.#isReady();
      });
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw new Error(server.log.text, { cause: error });
    }
    return server;
  }

  /** Scheme, host and port. */
  get origin(): string {
    return this.#origin;
  }

  /**
   * Makes what was written visible. A query before that would find nothing, and the server
   * remembers that.
   */
  async flush(): Promise<void> {
    const response = await this.#fetch("/internal/force_flush");
    await response.body?.cancel();
    assert(response.ok, `It answered ${response.status}`);
  }

  /** An instant query. */
  async query(query: string): Promise<readonly Result[]> {
    const response = await this.#fetch(`/api/v1/query?${new URLSearchParams({ query })}`);
    const { status, data, error } = await response.json();
    if (status !== "success") throw new Error(`It answered ${response.status}: ${error}`);
    return data.result.map((
      { metric, value }: { readonly metric: Result["metric"]; readonly value: [number, string] },
    ) => ({ metric, value: Number(value[1]) }));
  }

  /** All samples of the one series that is selected, in the order of time; empty for no series. */
  async samples(selector: string): Promise<readonly Sample[]> {
    const response = await this.#fetch(
      `/api/v1/export?${new URLSearchParams({ "match[]": selector })}`,
    );
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    assert(response.ok && lines.length <= 1, `${lines.length} series of ${selector}`);
    const { values = [], timestamps = [] }: {
      readonly values?: readonly (number | null)[];
      readonly timestamps?: readonly number[];
    } = JSON.parse(lines[0] ?? "{}");
    return timestamps.map((atMs, index) => ({ atMs, value: values[index] ?? null }));
  }

  /** Ends the process and removes what it kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#status === undefined) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.log.finished;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await this.#fetch("/health");
      await response.body?.cancel();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  async #fetch(path: string): Promise<Response> {
    const signal = AbortSignal.timeout(MOST_ANSWER_MS);
    return await fetch(`${this.#origin}${path}`, { signal });
  }
}
