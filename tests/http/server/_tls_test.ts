import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Socket } from "../../../src/http/server/_socket.ts";
import { createTls, type TlsKeys } from "../../../src/http/server/_tls.ts";
import { listen } from "../../../src/http/server/listen.ts";
import { fixtureText } from "../../_support/fixture.ts";

const KEYS = { cert: fixtureText("tls/cert.pem"), key: fixtureText("tls/key.pem") };
const CA = [fixtureText("tls/ca.pem")];
/** Clients are asked for a certificate. */
const ASKING = { ...KEYS, clientCa: fixtureText("tls/client/ca.pem") };

/** Both ends of a connection, the server's decrypted. */
async function connect(
  keys: TlsKeys = KEYS,
  wrap: (wire: Deno.TcpConn) => Socket = (wire) => wire,
) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const connecting = Deno.connect({ hostname: "127.0.0.1", port });
  const socket = createTls(keys)(wrap(await listener.accept()));
  const wire = await connecting;
  return {
    socket,
    wire,
    secure: () => Deno.startTls(wire, { hostname: "localhost", caCerts: CA }),
  };
}

/** A port that takes one connection. */
function listenTls(keys: TlsKeys) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = listener.accept().then((wire) => {
    listener.close();
    return createTls(keys)(wire);
  });
  return { port: listener.addr.port, server };
}

async function readAll(source: { read(into: Uint8Array): Promise<number | null> }) {
  let total = 0;
  const into = new Uint8Array(10_000);
  for (let count; (count = await source.read(into)) !== null;) total += count;
  return total;
}

Deno.test("createTls() carries bytes both ways, and says when its own have ended", async () => {
  const { socket, secure } = await connect();
  const reading = socket.read(new Uint8Array(3));
  const client = await secure();
  await client.write(new TextEncoder().encode("hello"));
  assertEquals(await reading, 3);
  const rest = new Uint8Array(10);
  assertEquals(await socket.read(rest), 2);
  assertEquals(new TextDecoder().decode(rest.subarray(0, 2)), "lo");
  const total = readAll(client);
  const bytes = new Uint8Array(1_000_000);
  for (let at = 0; at < bytes.length;) {
    const count = await socket.write(bytes.subarray(at));
    assertEquals(count <= 64 * 1024, true);
    at += count;
  }
  await socket.closeWrite();
  assertEquals(await total, 1_000_000);
  client.close();
  assertEquals(await socket.read(rest), null);
  socket.close();
});

Deno.test("createTls() tells of each write to the wire, since one of ours has many", async () => {
  const { socket, secure } = await connect(KEYS, (wire) => ({
    read: (into) => wire.read(into),
    write: (bytes) => wire.write(bytes.subarray(0, 1_000)),
    closeWrite: () => wire.closeWrite(),
    close: () => wire.close(),
  }));
  const reading = socket.read(new Uint8Array(1));
  const client = await secure();
  await client.write(Uint8Array.of(1));
  await reading;
  const total = readAll(client);
  let progress = 0;
  assertEquals(await socket.write(new Uint8Array(20_000), () => void progress++), 20_000);
  // Each but the last.
  assert(progress >= 20, `${progress}`);
  const before = progress;
  await socket.write(new Uint8Array(20_000));
  assertEquals(progress, before);
  await socket.closeWrite();
  assertEquals(await total, 40_000);
  client.close();
  socket.close();
});

for (const [name, keys] of [["", KEYS], [", of a certificate too", ASKING]] as const) {
  Deno.test(`createTls() closes the wire in the middle of a handshake${name}`, async () => {
    const { socket, wire } = await connect(keys);
    const reading = assertRejects(() => socket.read(new Uint8Array(1)), Error, "closed");
    await wire.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3));
    socket.close();
    await reading;
    assertEquals(await wire.read(new Uint8Array(100)).catch(() => null), null);
    wire.close();
  });
}

Deno.test("createTls() closes the wire while its client reads nothing", async () => {
  const { socket, secure } = await connect();
  const reading = socket.read(new Uint8Array(1));
  const client = await secure();
  await client.write(Uint8Array.of(1));
  await reading;
  let written = 0;
  const writing = (async () => {
    for (;;) written += await socket.write(new Uint8Array(100_000));
  })();
  const rejected = assertRejects(() => writing, Error, "closed");
  // until the system takes no more
  for (let before = -1; before !== written;) {
    before = written;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  socket.close();
  await rejected;
  await assertRejects(() => readAll(client));
  client.close();
  await assertRejects(() => socket.write(new Uint8Array(1)), Error, "closed");
});

/** Runs the handshake over a relay, which then sends the server what it likes. */
async function connectRelayed() {
  const { socket, wire } = await connect();
  using relay = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = relay.addr;
  const connecting = Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: CA });
  const middle = await relay.accept();
  const back = wire.readable.pipeTo(middle.writable).catch(() => {});
  const reading = socket.read(new Uint8Array(10));
  const client = await connecting;
  const shaking = client.handshake();
  const into = new Uint8Array(4_000);
  async function forward(): Promise<void> {
    const count = await middle.read(into);
    if (count !== null) await wire.write(into.subarray(0, count));
  }
  // a hello, and what ends the handshake
  await forward();
  await forward();
  await shaking;
  return {
    socket,
    reading,
    wire,
    async close() {
      client.close();
      await back;
    },
  };
}

Deno.test("createTls() fails a client that sends without end what cannot be decrypted", async () => {
  for (
    const record of [[0x14, 3, 3, 0, 1, 1], [0x17, 3, 3, 0, 0], [0x17, 3, 3, 0, 20, ...Array(20)]]
  ) {
    const { socket, reading, wire, close } = await connectRelayed();
    const rejected = assertRejects(() => reading);
    const bytes = new Uint8Array(Array(1_000).fill(record).flat());
    let sent = 0;
    const sending = (async () => {
      for (; sent < 20_000_000; sent += bytes.length) await wire.write(bytes);
    })().catch(() => {});
    await rejected;
    socket.close();
    await sending;
    assert(sent < 20_000_000);
    await close();
  }
});

Deno.test("createTls() reads on where each byte is a record", async () => {
  const { socket, secure } = await connect();
  const total = readAll(socket);
  const client = await secure();
  for (let count = 0; count < 5_000; count++) await client.write(Uint8Array.of(1));
  client.close();
  assertEquals(await total, 5_000);
  socket.close();
});

for (
  const [name, keys] of [["", KEYS], [", where it is asked for a certificate", ASKING]] as const
) {
  Deno.test(`createTls() fails a client that speaks no TLS, or goes${name}`, async () => {
    for (
      const text of [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\xff\xff" + "a".repeat(70_000),
      ]
    ) {
      const { socket, wire } = await connect(keys);
      const reading = socket.read(new Uint8Array(1)).catch(() => null);
      await wire.write(new TextEncoder().encode(text));
      assertEquals(await reading, null);
      socket.close();
      wire.close();
    }
    const { socket, wire } = await connect(keys);
    wire.close();
    assertEquals(await socket.read(new Uint8Array(1)).catch(() => null), null);
    socket.close();
  });
}

Deno.test("listen() frees the sockets of TLS clients that stop in their handshake", async () => {
  const { address, shutdown } = listen({
    hostname: "127.0.0.1",
    port: 0,
    tls: KEYS,
    maxConnections: 2,
    handler: () => new Response("hello"),
  });
  const { port } = address;
  const wires: Deno.TcpConn[] = [];
  for (let count = 0; count < 5; count++) {
    const wire = await Deno.connect({ hostname: "127.0.0.1", port });
    await wire.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3));
    wires.push(wire);
  }
  // the first three had to make room
  for (const wire of wires.slice(0, 3)) {
    assertEquals(await wire.read(new Uint8Array(100)).catch(() => null), null);
  }
  const client = Deno.createHttpClient({ caCerts: CA });
  const response = await fetch(`https://127.0.0.1:${port}/`, { client });
  assertEquals(await response.text(), "hello");
  client.close();
  for (const wire of wires) wire.close();
  await shutdown();
});

const CLIENTS:
  readonly (readonly [name: string, files: readonly [string, string] | undefined, boolean])[] = [
    ["of the authority", ["cert", "key"], true],
    ["of another authority of the same name", ["other", "other_key"], false],
    ["that has expired", ["expired", "expired_key"], false],
    ["", undefined, false],
  ];
for (const [name, files, hasCertificate] of CLIENTS) {
  Deno.test(`createTls() judges a client with ${name === "" ? "no certificate" : `a certificate ${name}`}`, async () => {
    const clientCa = fixtureText("tls/ca.pem") + fixtureText("tls/client/ca.pem");
    const { port, server } = listenTls({ ...KEYS, clientCa });
    const [cert, key] = files?.map((file) => fixtureText(`tls/client/${file}.pem`)) ?? [];
    const client = await Deno.connectTls({
      hostname: "127.0.0.1",
      port,
      caCerts: CA,
      ...cert !== undefined && key !== undefined && { cert, key },
    });
    await client.write(new TextEncoder().encode("hello"));
    const socket = await server;
    const into = new Uint8Array(10);
    assertEquals(socket.hasCertificate, false);
    assertEquals(await socket.read(into), 5);
    assertEquals(socket.hasCertificate, hasCertificate);
    const total = readAll(client);
    await socket.write(new Uint8Array(1_000));
    await socket.closeWrite();
    assertEquals(await total, 1_000);
    client.close();
    assertEquals(await socket.read(into), null);
    socket.close();
  });
}
