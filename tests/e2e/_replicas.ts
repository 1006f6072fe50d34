/**
 * Two replicas of the program over one tailnet, and what the document says of them.
 *
 * @module
 */

import { assert } from "@std/assert";
import { FakeTailnet, PAGE_HEADERS } from "./_fake_tailnet.ts";
import { Program } from "./_program.ts";

/** The devices of the tailnet. */
export const DEVICES: readonly string[] = ["anna", "bert", "cleo", "dora", "emil"];
/** The paths on which each of them receives. */
export const PATHS: readonly string[] = ["derp", "direct_ipv4"];

/** The section of the document. */
export const SECTION: string = /^## Two replicas\n(?:(?!## ).*\n)+/m.exec(
  await Deno.readTextFile(new URL("../../docs/sharding.md", import.meta.url)),
)?.[0] ?? "";

/** The section's YAML that begins with a key, with each of these texts replaced. */
export function documented(key: string, changes: Readonly<Record<string, string>> = {}): string {
  const blocks = [...SECTION.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  let text = blocks.find((block) => block.startsWith(`${key}:\n`)) ?? "";
  assert(text !== "", `docs/sharding.md has no ${key} for two replicas`);
  for (const [from, to] of Object.entries(changes)) {
    assert(text.includes(from), `docs/sharding.md does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Both processes, which know all devices; disposing of it ends them and the tailnet. */
export class Replicas implements AsyncDisposable {
  /** The processes, in the order in which they were started. */
  readonly programs: readonly [Program, Program];
  /** Where they listen, "127.0.0.1:4711". */
  readonly hosts: readonly [string, string];
  readonly #running: AsyncDisposable;

  /** Takes what runs; {@linkcode Replicas.start} starts it. */
  constructor(programs: readonly [Program, Program], running: AsyncDisposable) {
    this.programs = programs;
    this.hosts = [new URL(programs[0].origin).host, new URL(programs[1].origin).host];
    this.#running = running;
  }

  /** Starts one after the other, over devices that receive all the time. */
  static async start(): Promise<Replicas> {
    await using running = new AsyncDisposableStack();
    const tailnet = running.use(new FakeTailnet({ devices: DEVICES }));
    for (const name of DEVICES) tailnet.onPage.set(name, answerPage);
    const first = running.use(await Program.start(tailnet.settings));
    const second = running.use(await Program.start(tailnet.settings));
    await Promise.all([first.untilStarted(), second.untilStarted()]);
    return new Replicas([first, second], running.move());
  }

  /** Ends what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }
}

function answerPage(): Response {
  const bytes = Math.round(1000 * performance.now());
  const samples = PATHS.map((path) => `tailscaled_inbound_bytes_total{path="${path}"} ${bytes}\n`);
  const page = `# TYPE tailscaled_inbound_bytes_total counter\n${samples.join("")}`;
  return new Response(page, { headers: PAGE_HEADERS });
}
