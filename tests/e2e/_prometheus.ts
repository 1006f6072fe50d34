/**
 * A real Prometheus that scrapes one target, on a loopback and in a directory of its own.
 *
 * @module
 */

import { freePort } from "../_support/free_port.ts";
import { Lines } from "./_lines.ts";
import { until } from "../_support/until.ts";

/** How long an answer may take before it is given up. */
const MOST_ANSWER_MS = 30_000;

/** What a {@linkcode Prometheus} is told. */
export interface PrometheusOptions {
  /** Host and port to scrape, at `/metrics`. */
  readonly target: string;
  /** Seconds between scrapes, and between evaluations of rules. */
  readonly intervalSeconds: number;
  /** Rule files to load, as absolute paths. */
  readonly ruleFiles?: readonly string[];
  /** How it gets in: scheme, login and certificate, as a scrape configuration has them. */
  readonly access?: Readonly<Record<string, unknown>>;
  /** Words before each command, to run it and ask it in another network. Default: none. */
  readonly within?: readonly string[];
}

/** A value of an instant query, with its labels. */
export interface Result {
  /** Labels, the name among them. */
  readonly metric: Readonly<Record<string, string>>;
  /** The value. */
  readonly value: number;
}

/** A running server; disposing of it ends the process and removes its directory. */
export class Prometheus implements AsyncDisposable {
  /** All that it logs, from level debug on. */
  readonly log: Lines;
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #origin: string;
  readonly #within: readonly string[];

  /** Starts the process; {@linkcode Prometheus.start} also waits until it can be asked. */
  constructor(directory: string, port: number, within: readonly string[] = []) {
    this.#directory = directory;
    this.#origin = `http://127.0.0.1:${port}`;
    this.#within = within;
    const [command = "", ...args] = [...within, "prometheus"];
    this.#child = new Deno.Command(command, {
      args: [
        ...args,
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=debug",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.log = new Lines(this.#child.stderr);
  }

  /** Starts a server and waits until it is ready. */
  static async start(
    { target, intervalSeconds, ruleFiles = [], access = {}, within }: PrometheusOptions,
  ): Promise<Prometheus> {
    const directory = await Deno.makeTempDir({ prefix: "tsmetrics-prometheus-" });
    await Deno.writeTextFile(
      `${directory}/prometheus.yml`,
      JSON.stringify({
        global: {
          scrape_interval: `${intervalSeconds}s`,
          scrape_timeout: `${intervalSeconds}s`,
          evaluation_interval: `${intervalSeconds}s`,
        },
        rule_files: ruleFiles,
        scrape_configs: [
          { job_name: "tsmetrics", static_configs: [{ targets: [target] }], ...access },
        ],
      }),
    );
    const prometheus = new Prometheus(directory, freePort(), within);
    try {
      await until("Prometheus to be ready", () => prometheus.#isReady());
    } catch (error) {
      await prometheus[Symbol.asyncDispose]();
      throw new Error(prometheus.log.text, { cause: error });
    }
    return prometheus;
  }

  /** An instant query. */
  async query(query: string): Promise<readonly Result[]> {
    const data = await this.#api("query", { query }) as {
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: readonly [number, string];
      }[];
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** The label sets of all series of a name. */
  async series(name: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const data = await this.#api("series", { "match[]": name });
    return data as readonly Readonly<Record<string, string>>[];
  }

  /** Names of rules that have been evaluated, each with the error of the last time, if any. */
  async rules(): Promise<ReadonlyMap<string, string>> {
    const { groups } = await this.#api("rules", {}) as {
      readonly groups: readonly {
        readonly rules: readonly {
          readonly name: string;
          readonly health: string;
          readonly lastError?: string;
        }[];
      }[];
    };
    const rules = groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== "unknown");
    return new Map(rules.map(({ name, lastError = "" }) => [name, lastError]));
  }

  /** What the server makes of the `Accept` it sends and of the page, by family. */
  async types(): Promise<ReadonlyMap<string, string>> {
    const data = await this.#api("targets/metadata", {}) as readonly {
      readonly metric: string;
      readonly type: string;
    }[];
    return new Map(data.map(({ metric, type }) => [metric, type]));
  }

  /** Ends the process and removes what it kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.log.finished;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      return await this.#get("/-/ready") === "Prometheus Server is Ready.\n";
    } catch {
      return false;
    }
  }

  /** The body of an answer, whatever its status. */
  async #get(path: string): Promise<string> {
    const url = `${this.#origin}${path}`;
    const [command, ...words] = this.#within;
    if (command === undefined) {
      return await (await fetch(url, { signal: AbortSignal.timeout(MOST_ANSWER_MS) })).text();
    }
    const curl = ["curl", "-sS", "--max-time", `${MOST_ANSWER_MS / 1000}`, url];
    const output = await new Deno.Command(command, { args: [...words, ...curl] }).output();
    const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    if (!output.success) throw new Error(`Cannot ask Prometheus: ${stderr}`);
    return stdout ?? "";
  }

  async #api(path: string, fields: Readonly<Record<string, string>>): Promise<unknown> {
    const text = await this.#get(`/api/v1/${path}?${new URLSearchParams(fields)}`);
    const { status, data, error } = JSON.parse(text);
    if (status !== "success") throw new Error(`Prometheus answered: ${error}`);
    return data;
  }
}
