/**
 * The Worker's side: starts the Go program, passes calls in and events out. `deno task tsnet`
 * bundles it to one text behind Go's `wasm_exec.js`, because a Worker under net and env alone can
 * only come from a `data:` URL. Nothing can be handed to a Worker, so it calls `Deno.*` itself.
 *
 * @module
 */
/// <reference lib="deno.worker" />

import { HeadAndTail } from "./_head_and_tail.ts";
import {
  type Call,
  type EventKind,
  type FromWorker,
  type Init,
  KILL,
  type Result,
} from "./_protocol.ts";
import { quietCancel } from "./_quiet_cancel.ts";
import { type ByteConnection, NoDelayWebSocket } from "./websocket.ts";

/** What `wasm_exec.js` defines. */
interface Go {
  argv: string[];
  env: Record<string, string>;
  exit: (code: number) => void;
  readonly importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

/** What the Go program offers. */
interface GoProgram {
  /** Runs an operation. */
  readonly call: (op: string, timeoutMs: number, ...args: Call["args"]) => Promise<Result>;
  /** Takes stream frames. */
  readonly frames: (bytes: Uint8Array) => void;
}

/** Tailscale's own control plane. */
const TAILSCALE_URL = "https://controlplane.tailscale.com";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope & Record<string, unknown>;

function post(message: FromWorker, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}

/** Gives Go the WebSocket and the `fetch` that know our certificates, and quiet readers. */
function replacePlatform({ caCerts, controlUrl }: Init): void {
  const control = new URL(controlUrl === "" ? TAILSCALE_URL : controlUrl);
  const connect = (url: URL) => open(url, caCerts);
  scope.WebSocket = class extends NoDelayWebSocket {
    constructor(url: string, protocols: readonly string[] = []) {
      super({ connect }, withControlPort(new URL(url), control), protocols);
    }
  };
  quietCancel(ReadableStreamDefaultReader.prototype);
  if (caCerts.length === 0) return;
  const client = Deno.createHttpClient({ caCerts: [...caCerts] });
  const platformFetch = fetch;
  scope.fetch = (input: URL | Request | string, init?: RequestInit) =>
    platformFetch(input, { ...init, client });
}

/** Tailscale's code for js forgets a port of its own in the URL of the control plane. */
function withControlPort(url: URL, control: URL): URL {
  if (url.pathname !== "/ts2021" || url.hostname !== control.hostname) return url;
  const changed = new URL(url);
  changed.protocol = control.protocol === "https:" ? "wss:" : "ws:";
  changed.port = control.port;
  return changed;
}

async function open(url: URL, caCerts: readonly string[]): Promise<ByteConnection> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const isTls = url.protocol === "wss:";
  const port = Number(url.port) || (isTls ? 443 : 80);
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  if (!isTls) return connection;
  return await Deno.startTls(connection, {
    hostname,
    caCerts: [...caCerts],
    alpnProtocols: ["http/1.1"],
  });
}

/** Keeps what Go writes to stdout and stderr: the text of a panic. */
function keepOutput(): () => string {
  const lines = new HeadAndTail();
  (scope.fs as { writeSync: unknown }).writeSync = (_file: number, bytes: Uint8Array) => {
    lines.add(bytes);
    return bytes.length;
  };
  return () => lines.text;
}

/** Makes Go's clock throw once the kill switch is set, which unwinds the whole program. */
function installKillSwitch(go: Go, kill: Int32Array): void {
  const gojs = go.importObject.gojs as Record<string, (stack: number) => void>;
  const readClock = gojs["runtime.nanotime1"];
  gojs["runtime.nanotime1"] = (stack) => {
    if (Atomics.load(kill, KILL.asked) !== 0) {
      Atomics.store(kill, KILL.obeyed, 1);
      throw new Error("killed");
    }
    readClock?.(stack);
  };
  for (const type of ["error", "unhandledrejection"]) {
    scope.addEventListener(type, (event) => {
      if (Atomics.load(kill, KILL.asked) === 0) return;
      event.preventDefault();
      scope.close();
    });
  }
}

async function start(init: Init): Promise<GoProgram> {
  replacePlatform(init);
  const output = keepOutput();
  const go = new (scope.Go as new () => Go)();
  const ready = Promise.withResolvers<GoProgram>();
  scope.tsnetReady = (call: GoProgram["call"], frames: GoProgram["frames"]) =>
    ready.resolve({ call, frames });
  scope.tsnetFrames = (bytes: Uint8Array<ArrayBuffer>) => post(bytes, [bytes.buffer]);
  scope.tsnetEmit = (kind: EventKind, json: string) => post({ kind, json });
  // Go would write to the console; the message "exit" has the same.
  go.exit = () => {};
  go.argv = ["tsnet", "tsnetReady", "tsnetFrames", "tsnetEmit"];
  go.env = { ...init.env };
  installKillSwitch(go, init.kill);
  const packed = new Blob([Uint8Array.fromBase64(init.module)]).stream();
  const wasm = await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).bytes();
  // Not instantiateStreaming(): what that keeps until the next collection is twice the module.
  const { instance } = await WebAssembly.instantiate(wasm, go.importObject);
  wasm.buffer.transfer(0); // frees it: V8 has a copy
  go.run(instance).then(
    () => post({ kind: "exit", last: output() }),
    (error) => post({ kind: "exit", last: `${error}\n${output()}` }),
  );
  return await ready.promise;
}

/** The bytes of a result, which are moved to the main thread. */
function buffersOf(value: Result): Transferable[] {
  const bytes = value instanceof Object ? value.body : null;
  return bytes === null ? [] : [bytes.buffer];
}

let started: Promise<GoProgram> | undefined;
let kill: Int32Array | undefined;

scope.onmessage = async ({ data }: MessageEvent<Init | Call | Uint8Array>) => {
  if (data instanceof Uint8Array) {
    (await started)?.frames(data);
    return;
  }
  if ("module" in data) {
    kill = data.kill;
    started = start(data);
    started.then(
      () => post({ kind: "ready" }),
      (error) => post({ kind: "exit", last: String(error) }),
    );
    return;
  }
  const { args, id, op, timeoutMs } = data;
  if (op === "probe") {
    if (kill !== undefined) Atomics.store(kill, KILL.turned, 1);
    return;
  }
  try {
    const program = await started;
    if (program === undefined) throw new Error("The Go program is not started");
    const value = await program.call(op, timeoutMs, ...args);
    post({ id, value }, buffersOf(value));
  } catch (error) {
    post({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
