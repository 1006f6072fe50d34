import { assert, assertEquals, assertRejects } from "@std/assert";
import { startDemo } from "../../src/demo/mod.ts";
import { listenLoopback } from "../../src/http/loopback.ts";
import { NOON_MS, pageUrl, run } from "./_answer.ts";

Deno.test("startDemo() serves API and devices' pages on one port", async () => {
  await using running = await run();
  const { demo, ask } = running;
  const { protocol, hostname, port, pathname } = demo.apiUrl;
  assertEquals([protocol, hostname, pathname], ["http:", "127.0.0.1", "/api/v2"]);
  assertEquals(demo.proxyUrl, `http://127.0.0.1:${port}`);
  assertEquals([demo.tailnet, demo.deviceCount], ["-", 40]);

  const credentials = { client_id: demo.clientId, client_secret: demo.clientSecret.reveal() };
  const token = await fetch(`${demo.apiUrl}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams(credentials),
  });
  const authorization = `Bearer ${(await token.json()).access_token}`;
  const list = await fetch(`${demo.apiUrl}/tailnet/-/devices?fields=all`, {
    headers: { authorization },
  });
  assertEquals((await list.json()).devices.length, 40);

  let answers = 0;
  for (const device of demo.model.devices()) {
    if (!device.isAnswering) continue;
    const page = new TextDecoder().decode(demo.model.page(device.id));
    for (const address of device.addresses) {
      const { status, body } = await ask(pageUrl(address));
      assertEquals([status, body], [200, page], device.name);
    }
    answers++;
  }
  assert(answers >= 20, `${answers} devices answer`);
});

Deno.test("startDemo() is a proxy for Deno's own fetch", async () => {
  await using running = await run();
  const { demo } = running;
  using client = Deno.createHttpClient({ proxy: { url: demo.proxyUrl } });
  let pages = 0;
  for (const { id, addresses, isAnswering } of demo.model.devices()) {
    // The tests may fetch from Tailscale's IPv4 range; IPv6 ranges cannot be permitted.
    const address = addresses.find((one) => one.includes("."));
    if (!isAnswering || address === undefined) continue;
    const reply = await fetch(pageUrl(address), { client });
    assertEquals(new Uint8Array(await reply.arrayBuffer()), demo.model.page(id));
    pages++;
  }
  assert(pages >= 15, `${pages} pages`);
});

Deno.test("startDemo() answers for a device by name, and 502 for an unknown address", async () => {
  await using running = await run({ devices: ["gateway-1", "gateway-2"] });
  const { demo, ask } = running;
  assertEquals(demo.model.devices().map(({ name, isAnswering }) => [name, isAnswering]), [
    ["gateway-1.tail-demo.ts.net", true],
    ["gateway-2.tail-demo.ts.net", true],
  ]);
  const moved = await ask("http://gateway-1:5252/metrics");
  assertEquals(moved.status, 301);
  assert(/^location: \/\/100\.[\d.]+:5252\/metrics\r?$/m.test(moved.head), moved.head);
  const unknown = await ask("http://100.64.0.1:5252/metrics");
  assertEquals([unknown.status, unknown.body], [502, ""]);
});

Deno.test("startDemo() lets a request hang until the client or the demo ends", async () => {
  const { demo, ask } = await run();
  const [hanging] = demo.model.devices().filter(({ fault }) => fault === "hang");
  const url = pageUrl(hanging?.addresses[0] ?? "");
  const client = new AbortController();
  const left = ask(url, client.signal);
  const held = ask(url);
  // An answer from elsewhere shows that the two before it have been taken in.
  assertEquals((await ask("http://100.64.0.1:5252/metrics")).status, 502);
  client.abort();
  assertEquals((await left).head, "");
  await demo.shutdown();
  assert([502, NaN].includes((await held).status));
});

Deno.test("startDemo() breaks off a page that is to be cut", async () => {
  await using running = await run({ devices: ["gateway-1"] });
  const [device] = running.demo.model.devices();
  const url = pageUrl(device?.addresses[0] ?? "");
  running.demo.model.setFault(device?.id ?? "", "cut");
  const { status, body } = await running.ask(url);
  assertEquals(status, 200);
  assert(body.length > 500 && !body.endsWith("0\r\n\r\n"), body.slice(-50));
});

Deno.test("startDemo() shows its secret by Secret.reveal() only", async () => {
  await using running = await run({ devices: ["a"] });
  const { demo } = running;
  const secret = demo.clientSecret.reveal();
  assert(secret.startsWith(`tskey-client-${demo.clientId}-`));
  assert(!JSON.stringify(demo).includes(secret) && !Deno.inspect(demo).includes(secret));
});

Deno.test("startDemo() opens no port for a fleet that is not allowed", async () => {
  let isOpened = false;
  const listen = (handler: Parameters<typeof listenLoopback>[0]) => {
    isOpened = true;
    return listenLoopback(handler);
  };
  await assertRejects(
    () => startDemo({ devices: ["demo:0"], now: () => NOON_MS, listen }),
    RangeError,
    '"demo:0"',
  );
  assertEquals(isOpened, false);
});
