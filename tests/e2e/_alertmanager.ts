/**
 * A real Alertmanager with the project's own configuration, on the loopback and in a directory of
 * its own.
 *
 * @module
 */

import { freePort } from "../_support/free_port.ts";
import { Lines } from "./_lines.ts";
import { until } from "../_support/until.ts";

/** An alert as Alertmanager lists it. */
export interface ListedAlert {
  /** Its labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the receivers that its labels lead to. */
  readonly receivers: readonly { readonly name: string }[];
  /** Whether other alerts inhibit it. */
  readonly status: { readonly inhibitedBy: readonly string[] };
}

/** A running server; disposing of it ends the process and removes its directory. */
export class Alertmanager implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #log: Lines;
  readonly #origin: string;

  /** Starts the process; {@linkcode Alertmanager.start} also waits until it can be asked. */
  constructor(configFile: string, directory: string, port: number) {
    this.#directory = directory;
    this.#origin = `http://127.0.0.1:${port}`;
    this.#child = new Deno.Command("prometheus-alertmanager", {
      args: [
        `--config.file=${configFile}`,
        `--storage.path=${directory}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--cluster.listen-address=",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#log = new Lines(this.#child.stderr);
  }

  /** Starts a server and waits until it is ready. */
  static async start(configFile: string): Promise<Alertmanager> {
    const directory = await Deno.makeTempDir({ prefix: "tsmetrics-alertmanager-" });
    const server = new Alertmanager(configFile, directory, freePort());
    try {
      await until("Alertmanager to be ready", () => server.#isReady());
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw new Error(server.#log.text, { cause: error });
    }
    return server;
  }

  /** Scheme, host and port. */
  get origin(): string {
    return this.#origin;
  }

  /** Hands over firing alerts. */
  async fire(alerts: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const response = await fetch(`${this.#origin}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${text}`);
  }

  /** All alerts that it knows. */
  async alerts(): Promise<readonly ListedAlert[]> {
    const response = await fetch(`${this.#origin}/api/v2/alerts`);
    return await response.json();
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.#origin}/-/ready`);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Ends the process and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch { /* it has ended by itself */ }
    await this.#child.status;
    await this.#log.finished;
    await Deno.remove(this.#directory, { recursive: true });
  }
}
