/**
 * A closed tailnet of real parts for the tests: headscale and three tailscaled, by `lab.sh`. Asks
 * them by curl and by their own command lines, so that nothing of ours judges itself.
 *
 * @module
 */

import { assert } from "@std/assert";
import { Lines } from "./_lines.ts";
import { type Settings, UNLIMITED } from "./_program.ts";
import { until } from "../_support/until.ts";

const ROOT = new URL("../../", import.meta.url);
const HERE = "tests/e2e/";
const MAIN = "src/main.ts";

/** Where the lab is kept; who runs all tests names it, so that it can be cleared from outside. */
const LAB_DIR = Deno.env.get("LAB_DIR") ?? "/tmp/tsmetrics-lab-test";

/** How long the lab may take to come up, any other command to end, and a server to be of use. */
const MOST_UP_MS = 180_000;
const MOST_RUN_MS = 120_000;
const MOST_SERVE_MS = 480_000;

/** Variables that bash, Deno and `lab.sh` read; of the others a test says which there are. */
const INHERITED: readonly string[] = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"]
  .concat("TSMETRICS_E2E_CACHE", "TSMETRICS_CI_RUN");

/** A node of the lab. */
export type LabNode = "a" | "b" | "c";

/** What a lab is made of. */
export interface LabOptions {
  /** Which nodes there are. Default: all. */
  readonly nodes?: readonly LabNode[];
  /** Which of them get a TUN device. Default: none. */
  readonly tun?: readonly LabNode[];
  /** Whether headscale and DERP are behind TLS, with an authority of its own. Default: false. */
  readonly hasTls?: boolean;
}

/** A node as headscale's API v1 lists it. */
export interface ListedNode {
  /** The number that it got when it joined. */
  readonly id: string;
  /** Its name without a domain. */
  readonly givenName: string;
  /** Whose it is; "tagged-devices" for one with tags. */
  readonly user: { readonly name: string; readonly email: string };
  /** When it joined, as RFC 3339 has it. */
  readonly createdAt: string;
  /** Whether it is connected to headscale. */
  readonly online: boolean;
  /** The routes that it offers. */
  readonly availableRoutes: readonly string[];
}

/** What a process left behind. */
interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server in the network of a node; disposing of it ends it, and fails if it ended otherwise. */
export interface LabServer extends AsyncDisposable {
  /** Its standard error, where the program logs. */
  readonly log: Lines;
  /** Sends it a signal. */
  signal(signal: Deno.Signal): void;
}

/** Whether this machine can make TUN devices. */
export function hasTunDevice(): boolean {
  try {
    return Deno.statSync("/dev/net/tun").isCharDevice === true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A running lab; disposing of it takes it down. */
export class Lab implements AsyncDisposable {
  #variables: ReadonlyMap<string, string> = new Map();

  /** Brings a lab up, in place of one that an interrupted run may have left. */
  static async up(
    { nodes = ["a", "b", "c"], tun = [], hasTls = false }: LabOptions = {},
  ): Promise<Lab> {
    const lab = new Lab();
    await lab.#takeDown();
    try {
      const text = await lab.run(["up"], {
        LAB_NODES: nodes.join(" "),
        LAB_TUN: tun.join(" "),
        ...hasTls && { LAB_TLS: "yes" },
      });
      const lines = text.trim().split("\n").map((line) => {
        const [name = "", value = ""] = line.split(/=(.*)/s);
        return [name, value] as const;
      });
      lab.#variables = new Map(lines);
    } catch (error) {
      await lab.#takeDown();
      throw error;
    }
    return lab;
  }

  /** One of the lines that `lab.sh env` prints, without the `LAB_` in front. */
  variable(name: string): string {
    const value = this.#variables.get(`LAB_${name}`);
    assert(value, `The lab has no LAB_${name}`);
    return value;
  }

  /** Settings of a program that asks this lab's headscale from outside. */
  get apiSettings(): Settings {
    return {
      HEADSCALE_URL: this.variable("API_URL"),
      HEADSCALE_API_KEY: this.variable("API_KEY"),
    };
  }

  /** The same for a program in the network of a node. */
  get innerApiSettings(): Settings {
    return { ...this.apiSettings, HEADSCALE_URL: this.variable("CONTROL_URL") };
  }

  /** Host and port at which a node is a proxy into the tailnet, both SOCKS5 and HTTP. */
  proxy(node: LabNode): string {
    return this.variable(`${node.toUpperCase()}_SOCKS5`);
  }

  /** The Tailscale IPv4 address of a node. */
  address(node: LabNode): string {
    return this.variable(`${node.toUpperCase()}_IP4`);
  }

  /**
   * Runs a command of `lab.sh` to its end.
   *
   * @returns What it wrote to standard output.
   * @throws {Error} If it fails.
   */
  async run(args: readonly string[], settings: Settings = {}): Promise<string> {
    const output = await finish(
      labCommand(args, settings).spawn(),
      `lab.sh ${args.join(" ")}`,
      args[0] === "up" ? MOST_UP_MS : MOST_RUN_MS,
    );
    if (output.code === 0) return output.stdout;
    throw new Error(`lab.sh ${args.join(" ")} ended with ${output.code}: ${output.stderr}`);
  }

  /** The words before a command that runs it in the network of a node. */
  within(node: LabNode): readonly string[] {
    return ["env", `LAB_DIR=${LAB_DIR}`, `${HERE}lab.sh`, "exec", node];
  }

  /** What curl gets through the proxy of a node. */
  async curl(url: string, via: LabNode): Promise<string> {
    return await curl(["--socks5-hostname", this.proxy(via), url]);
  }

  /** The page of a node as it is, through the proxy of node a. */
  async page(node: LabNode): Promise<string> {
    return await this.curl(`http://${this.address(node)}:5252/metrics`, "a");
  }

  /** The nodes as headscale lists them. */
  async nodes(): Promise<readonly ListedNode[]> {
    const header = `Authorization: Bearer ${this.variable("API_KEY")}`;
    const url = `${this.variable("API_URL")}/api/v1/node`;
    return JSON.parse(await curl(["-H", header, url])).nodes;
  }

  /** Runs the program in the network of a node to its end. */
  async runProgramOn(node: LabNode, args: readonly string[], settings: Settings): Promise<Output> {
    return await finish(spawnOn(node, args, settings), `${args.join(" ")} on ${node}`);
  }

  /**
   * Starts the program in the network of a node.
   *
   * @param main Its first module.
   */
  serveOn(node: LabNode, settings: Settings, main = MAIN): LabServer {
    return ending(spawnOn(node, [], settings, main), `the server on ${node}`);
  }

  /**
   * Starts another program in the network of a node; disposing of it ends it and removes its
   * directory, if it has one.
   */
  startOn(
    node: LabNode,
    command: readonly string[],
    { directory, settings = {} }: { readonly directory?: string; readonly settings?: Settings },
  ): AsyncDisposable {
    const child = labCommand(["exec", node, ...command], settings).spawn();
    const ends = ending(child, `${command[0]} on ${node}`);
    return {
      async [Symbol.asyncDispose]() {
        await ends[Symbol.asyncDispose]();
        if (directory !== undefined) await Deno.remove(directory, { recursive: true });
      },
    };
  }

  /** Takes the lab down and fails if anything of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    const spaces = (await Deno.readTextFile(`${LAB_DIR}/spaces`)).trim().split("\n");
    await this.#takeDown();
    await until("the processes of the lab to end", async () => {
      return (await commandLines()).every((line) => !line.includes(`${LAB_DIR}/`));
    });
    for await (const { name } of Deno.readDir("/run/netns")) {
      assert(!spaces.includes(name), `The namespace ${name} is left`);
    }
  }

  async #takeDown(): Promise<void> {
    await this.run(["down"]);
  }
}

function labCommand(args: readonly string[], settings: Settings): Deno.Command {
  return command(`${HERE}lab.sh`, args, { LAB_DIR, ...settings });
}

function command(path: string, args: readonly string[], settings: Settings = {}): Deno.Command {
  const inherited = INHERITED.map((name) => [name, Deno.env.get(name)] as const)
    .filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new Deno.Command(path, {
    args: [...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...settings },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Ends a process when it is disposed of, and fails if it ended otherwise. */
function ending(child: Deno.ChildProcess, what: string): LabServer {
  const log = new Lines(child.stderr);
  const stdout = new Lines(child.stdout);
  const late = setTimeout(() => child.kill("SIGKILL"), MOST_SERVE_MS);
  const ended = child.status.finally(() => clearTimeout(late));
  return {
    log,
    signal: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch (error) {
        // It has ended by itself; what it said comes next.
        if (!(error instanceof TypeError)) throw error;
      }
      const { code } = await ended;
      await Promise.all([log.finished, stdout.finished]);
      assert(code === 0, `${what} ended with ${code}: ${log.text}`);
    },
  };
}

/** The program as `deno task start` starts it; the namespace is all that differs. */
function spawnOn(
  node: LabNode,
  args: readonly string[],
  settings: Settings,
  main = MAIN,
): Deno.ChildProcess {
  const program = ["run", "-q", "-P", "--no-prompt", main, ...args];
  const env = { ...UNLIMITED, ...settings };
  return labCommand(["exec", node, Deno.execPath(), ...program], env).spawn();
}

/**
 * Waits for the end of a process.
 *
 * @throws {Error} If it has not come in time; the process is killed then.
 */
async function finish(
  child: Deno.ChildProcess,
  what: string,
  timeoutMs = MOST_RUN_MS,
): Promise<Output> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const output = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  const [stdout, stderr] = [decoder.decode(output.stdout), decoder.decode(output.stderr)];
  assert(!isLate, `${what} did not end within ${timeoutMs / 1000} s: ${stderr}`);
  return { code: output.code, stdout, stderr };
}

/**
 * What curl gets.
 *
 * @throws {Error} If it fails, or the status is 400 or more.
 */
async function curl(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await finish(
    command("curl", ["-sS", "--fail", "--max-time", "30", ...args]).spawn(),
    `curl ${args.at(-1)}`,
  );
  if (code === 0) return stdout;
  throw new Error(`curl ${args.at(-1)} ended with ${code}: ${stderr}`);
}

/** The command lines of all processes of this machine, blanks between the words. */
async function commandLines(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      lines.push((await Deno.readTextFile(`/proc/${name}/cmdline`)).replaceAll("\0", " "));
    } catch {
      // It ended while we were looking.
    }
  }
  return lines;
}
