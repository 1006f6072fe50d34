import { assert, assertEquals, assertThrows } from "@std/assert";
import { Hold } from "../../src/demo/hold.ts";
import type { PageFault } from "../../src/demo/mod.ts";
import { answerForDevice, portState, type WebClientOptions } from "../../src/demo/web_client.ts";
import { fixtureText } from "../_support/fixture.ts";
import { readText } from "../_support/text_reader.ts";
import { fleetAtNoon, pageUrl } from "./_answer.ts";

const tailnet = fleetAtNoon(40);

function ask(
  url: string,
  { method = "GET", ...options }: Partial<WebClientOptions> & { method?: string } = {},
): Promise<Response> {
  const request = new Request(url, { method });
  const defaults = { tailnet, hold: new Hold(), latencyMs: 0 };
  return answerForDevice(request, new URL(request.url), { ...defaults, ...options });
}

function addressesOf(name: string): readonly string[] {
  return tailnet.deviceAt(name)?.addresses ?? [];
}

async function pageWith(fault: PageFault): Promise<Response> {
  const device = tailnet.deviceAt("gateway-fra-01");
  tailnet.setFault(device?.id ?? "", fault);
  const reply = await ask(pageUrl(device?.addresses[0] ?? ""));
  tailnet.setFault(device?.id ?? "", undefined);
  return reply;
}

Deno.test("answerForDevice() sends the page by IPv4 and IPv6, with the real headers", async () => {
  const [ipv4 = "", ipv6 = ""] = addressesOf("gateway-fra-01");
  const id = tailnet.deviceAt(ipv4)?.id ?? "";
  for (const address of [ipv4, ipv6]) {
    const reply = await ask(pageUrl(address));
    assertEquals(reply.status, 200);
    assertEquals(new Uint8Array(await reply.arrayBuffer()), tailnet.page(id));
    const real = fixtureText("tailscaled/web_client_headers.txt");
    const expected = [...real.matchAll(/^([\w-]+): (.*)\r?$/gm)]
      .map(([, name = "", value = ""]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name !== "date" && name !== "transfer-encoding");
    for (const [name, value] of expected) {
      // The hash of the web interface's script changes with each release.
      assertEquals(reply.headers.get(name), value.replace(/ 'sha384-[^']+'/, "").trim(), name);
    }
  }
});

Deno.test("answerForDevice() redirects a request by name to the address, word for word", async () => {
  const real = fixtureText("tailscaled/web_client_by_name.txt").replaceAll("\r\n", "\n");
  const [ipv4 = ""] = addressesOf("gateway-fra-01");
  const body = real.slice(real.indexOf("\n\n") + 2).replace("100.64.0.2", ipv4);
  for (const host of ["gateway-fra-01", "gateway-fra-01.tail-demo.ts.net"]) {
    const reply = await ask(`http://${host}:5252/metrics`);
    assertEquals(reply.status, 301);
    assertEquals(reply.headers.get("location"), `//${ipv4}:5252/metrics`);
    assertEquals(reply.headers.get("content-type"), "text/html; charset=utf-8");
    assertEquals(await reply.text(), body);
  }
  const only = await ask("http://runner-7f3a:5252/metrics", { method: "HEAD" });
  assertEquals(
    only.headers.get("location"),
    `//[${addressesOf("runner-7f3a")[0]}]:5252/metrics`,
  );
  assertEquals(await only.text(), "");
});

Deno.test("answerForDevice() answers 502 without a body where it cannot connect", async () => {
  const [ipv4 = ""] = addressesOf("gateway-fra-01");
  const urls = [
    "http://100.64.0.1:5252/metrics",
    "http://100.100.100.100/metrics",
    "http://192.0.2.1:5252/metrics",
    `http://${ipv4}:9100/metrics`,
    `http://${ipv4}/metrics`,
    ...["bruno-phone", "amelie-mac", "dalia-laptop", "guest-build-box", "old-web-fra-03"]
      .map((name) => pageUrl(addressesOf(name)[0] ?? "100.64.0.1")),
  ];
  for (const url of urls) {
    const reply = await ask(url);
    assertEquals([reply.status, await reply.text()], [502, ""], url);
  }
});

Deno.test("portState() tells an open port from one that is refused, and from silence", () => {
  const [ipv4 = "", ipv6 = ""] = addressesOf("gateway-fra-01");
  const states: readonly (readonly [host: string, port: number, state: string])[] = [
    [ipv4, 5252, "open"],
    [ipv6, 5252, "open"],
    [ipv4, 9100, "refused"],
    ...["guest-build-box", "old-web-fra-03"]
      .map((name) => [addressesOf(name)[0] ?? "", 5252, "refused"] as const),
    ["100.64.0.1", 5252, "silent"],
    ...["bruno-phone", "dalia-laptop", "archive-ams-03"]
      .map((name) => [addressesOf(name)[0] ?? "", 5252, "silent"] as const),
    // The device accepts the request, and does not answer it.
    [addressesOf("queue-nyc-01")[0] ?? "", 5252, "open"],
  ];
  for (const [host, port, state] of states) {
    assertEquals(portState(tailnet, host, port), state, `${host}:${port}`);
  }
  const id = tailnet.deviceAt(ipv4)?.id ?? "";
  tailnet.setFault(id, "unreachable");
  const unreachable = portState(tailnet, ipv4, 5252);
  tailnet.setFault(id, undefined);
  assertEquals(unreachable, "silent");
});

Deno.test("answerForDevice() has the web client's other paths", async () => {
  const base = pageUrl(addressesOf("gateway-fra-01")[0] ?? "");
  assertEquals((await ask(base.replace("metrics", "ok"))).status, 204);
  const web = await ask(base.replace("metrics", ""));
  assertEquals(web.headers.get("content-type"), "text/html; charset=utf-8");
});

Deno.test("answerForDevice() breaks pages as told", async () => {
  const bad = await (await pageWith("bad_line")).text();
  assertThrows(() => readText(bad), SyntaxError);
  const utf8 = new Uint8Array(await (await pageWith("invalid_utf8")).arrayBuffer());
  assertThrows(() => readText(utf8), SyntaxError, "UTF-8");
  const html = await pageWith("html");
  assertEquals(html.headers.get("content-type"), "text/html; charset=utf-8");
  const binary = await pageWith("binary");
  assertEquals(binary.headers.get("content-type"), "application/octet-stream");
  const bytes = new Uint8Array(await binary.arrayBuffer());
  assertThrows(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
  const status = await pageWith("status");
  assertEquals(status.status, 500);
  const redirect = await pageWith("redirect");
  assertEquals(redirect.status, 301);
  assertEquals(redirect.headers.get("location"), "http://203.0.113.9:5252/metrics");
  assertEquals(await (await pageWith("empty")).text(), "");
  assertEquals((await pageWith("unreachable")).status, 502);
});

Deno.test("answerForDevice() cuts a page off with an error", async () => {
  const reader = (await pageWith("cut")).body?.getReader();
  assert(((await reader?.read())?.value?.length ?? 0) > 500);
  const error = await reader?.read().then(() => "no error", (error) => String(error.message));
  assertEquals(error, "The demo breaks the connection");
});

Deno.test("answerForDevice() streams a million series as they are read", async () => {
  const reader = (await pageWith("huge")).body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  const second = new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  assertEquals(readText(first + second)[0]?.samples.length, 2000);
});

Deno.test("answerForDevice() hangs until it is let go", async () => {
  const hold = new Hold();
  const reply = ask(pageUrl(addressesOf("queue-nyc-01")[0] ?? ""), { hold });
  assertEquals(hold.size, 1);
  hold.release();
  assertEquals((await reply).status, 502);
});

Deno.test("answerForDevice() takes its time where it is told to", async () => {
  const hold = new Hold();
  const reply = ask(pageUrl(addressesOf("gateway-fra-01")[0] ?? ""), { hold, latencyMs: 60_000 });
  assertEquals(hold.size, 1);
  hold.release();
  assertEquals((await reply).status, 200);
});
