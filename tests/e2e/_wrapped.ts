/**
 * The program started by another one that first changes what it runs in: a limit of open files, a
 * file of host names of its own.
 *
 * @module
 */

import { Lines } from "./_lines.ts";
import type { Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

const ROOT = new URL("../../", import.meta.url);

/** How long an answer may take before it is given up. */
const MOST_ANSWER_MS = 30_000;

/** A running server. */
export class WrappedProgram implements AsyncDisposable {
  /** The log. */
  readonly log: Lines;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Lines;
  #origin = "";

  /** Starts the process; {@linkcode WrappedProgram.start} also waits until it can be asked. */
  constructor(script: string, settings: Settings) {
    const inherited = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TSMETRICS_CI_RUN"]
      .map((name) => [name, Deno.env.get(name)]).filter(([, value]) => value !== undefined);
    const wrapper = ["-c", `${script}; exec "$@"`, "sh", Deno.execPath()];
    const isNamespace = script.includes("mount ");
    this.#child = new Deno.Command(isNamespace ? "unshare" : "sh", {
      args: [
        ...isNamespace ? ["-m", "sh"] : [],
        ...wrapper,
        ...["run", "-q", "-P", "--no-prompt", "src/main.ts"],
      ],
      cwd: ROOT,
      clearEnv: true,
      env: {
        ...Object.fromEntries(inherited),
        NO_COLOR: "1",
        PORT: "0",
        HISTORY_STORE: "off",
        ...settings,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.log = new Lines(this.#child.stderr);
    this.#stdout = new Lines(this.#child.stdout);
  }

  /**
   * Starts a server on a free port and waits until it is open.
   *
   * @param script What the shell does before it becomes the program; with a mount it happens in a
   * mount namespace of its own.
   */
  static async start(script: string, settings: Settings): Promise<WrappedProgram> {
    const program = new WrappedProgram(script, settings);
    try {
      program.#origin = await until("the port to be open", () => {
        return /(http:\/\/[^/\s"]+:\d+)\/metrics/.exec(program.log.text)?.[1];
      });
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw new Error(program.log.text, { cause: error });
    }
    return program;
  }

  /** Scheme, host and port of the server. */
  get origin(): string {
    return this.#origin;
  }

  /** Asks the server. */
  async get(path: string): Promise<Response> {
    return await fetch(`${this.#origin}${path}`, { signal: AbortSignal.timeout(MOST_ANSWER_MS) });
  }

  /** The text of a page. */
  async text(path: string): Promise<string> {
    return await (await this.get(path)).text();
  }

  /** Asks the process to end; its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }

  /** Ends the process at once if it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await Promise.all([this.log.finished, this.#stdout.finished]);
  }
}
