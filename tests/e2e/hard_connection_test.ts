import { assert, assertEquals } from "@std/assert";
import net from "node:net";
import { fixtureText } from "../_support/fixture.ts";
import { Program } from "./_program.ts";

const DEVICES = { TEST_DEVICES: "gateway-1,gateway-2", METRICS_TOKEN: "0123456789abcdef-token" };

/** Opens a connection and resets it as soon as it is open, most often before it is taken. */
function reset(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.resetAndDestroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

Deno.test("Program answers beside connections that are reset before they are taken", async () => {
  await using program = await Program.start(DEVICES);
  await program.untilStarted();
  using kept = await Deno.connect({ hostname: "127.0.0.1", port: program.port });
  const ask = new TextEncoder().encode("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  const into = new Uint8Array(4_096);
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 100 }, () => reset(program.port)));
    const startedAtMs = performance.now();
    assertEquals(JSON.parse(await program.text("/livez")).status, "ok");
    tookMs.push(performance.now() - startedAtMs);
    await kept.write(ask);
    assert(
      (await kept.read(into) ?? 0) > 100,
      "an idle connection was closed for one that is gone",
    );
  }
  // Each reset cost 200 ms once, in every round; a machine with other work is late in some.
  assert(Math.min(...tookMs) < 5_000, `${tookMs} ms`);
  const { code, stderr } = await program.stop();
  assertEquals(code, 0);
  assert(!/Cannot take requests|ulimit/.test(stderr), stderr);
});

Deno.test("Program keeps its bound of connections beside TLS clients that stop half-way", async () => {
  const most = 512;
  await using program = await Program.start({
    ...DEVICES,
    TLS_CERT_PEM: fixtureText("tls/cert.pem"),
    TLS_KEY_PEM: fixtureText("tls/key.pem"),
  });
  const caCerts = [fixtureText("tls/ca.pem")];
  using client = Deno.createHttpClient({ caCerts });
  program.client = client;
  await program.untilStarted();
  const before = await program.fileCount();
  const open: Deno.TcpConn[] = [];
  try {
    for (let count = 0; count < 1_500; count++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: program.port });
      open.push(connection);
      // the begin of a handshake, whose rest never comes
      connection.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3)).catch(() => {});
      if (count % 300 !== 299) continue;
      using fresh = Deno.createHttpClient({ caCerts });
      program.client = fresh;
      assertEquals(JSON.parse(await program.text("/livez")).status, "ok");
      const more = await program.fileCount() - before;
      assert(more <= most + 32, `${more} more file descriptors`);
    }
  } finally {
    for (const connection of open) connection.close();
  }
  assertEquals((await program.stop()).code, 0);
});
