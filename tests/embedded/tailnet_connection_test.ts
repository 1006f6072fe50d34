import { assertEquals, assertRejects } from "@std/assert";
import type { Argument, Result } from "../../src/embedded/_protocol.ts";
import { TailnetConnection } from "../../src/embedded/tailnet_connection.ts";

interface Recorded {
  readonly connection: TailnetConnection;
  readonly calls: (readonly unknown[])[];
}

function open(results: readonly (Result | Error)[] = [], remote = "100.64.0.2:5252"): Recorded {
  const calls: (readonly unknown[])[] = [];
  const left = [...results];
  const link = {
    call(op: string, _timeoutMs: number, ...args: readonly Argument[]): Promise<Result> {
      calls.push([op, ...args.map(move)]);
      const result = left.shift() ?? null;
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
  };
  return { connection: new TailnetConnection(link, { id: 7, remote, peer: null }), calls };
}

/** Moves bytes away, as a link does. */
function move(arg: Argument): Argument {
  if (!(arg instanceof Uint8Array) || !(arg.buffer instanceof ArrayBuffer)) return arg;
  return structuredClone(arg, { transfer: [arg.buffer] });
}

Deno.test("TailnetConnection.read() asks for as much as there is room, and keeps the rest", async () => {
  const { calls, connection } = open([new Uint8Array([1, 2, 3]), null]);
  const into = new Uint8Array(2);
  assertEquals(await connection.read(new Uint8Array(0)), 0);
  assertEquals([await connection.read(into), [...into]], [2, [1, 2]]);
  assertEquals([await connection.read(into), [...into]], [1, [3, 2]]);
  assertEquals(await connection.read(into), null);
  assertEquals(calls, [["read", 7, 2], ["read", 7, 2]]);
  const large = open([null]);
  await large.connection.read(new Uint8Array(1 << 20));
  assertEquals(large.calls, [["read", 7, 65_536]]);
});

Deno.test("TailnetConnection.write() sends a copy of at most 256 KiB", async () => {
  const { calls, connection } = open();
  const bytes = new Uint8Array(300_000).fill(5);
  assertEquals(await connection.write(bytes), 262_144);
  assertEquals(calls[0], ["write", 7, bytes.slice(0, 262_144)]);
  assertEquals(bytes.length, 300_000, "the caller's buffer is not moved");
  assertEquals(await connection.write(bytes.subarray(262_144)), 37_856);
});

Deno.test("TailnetConnection passes errors on, and closes once", async () => {
  const { calls, connection } = open([new Error("reset"), null, new Error("gone")]);
  await assertRejects(() => connection.read(new Uint8Array(1)), Error, "reset");
  await connection.closeWrite();
  connection.close();
  connection.close();
  connection.setNoDelay();
  assertEquals(calls.map(([op]) => op), ["read", "closeWrite", "close"]);
});

Deno.test("TailnetConnection knows the other end, in both families", () => {
  assertEquals(open().connection.remoteAddr, { hostname: "100.64.0.2", port: 5252 });
  assertEquals(open([], "[fd7a:115c:a1e0::1]:80").connection.remoteAddr, {
    hostname: "fd7a:115c:a1e0::1",
    port: 80,
  });
  assertEquals(open().connection.peer, undefined);
});
