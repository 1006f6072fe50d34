import { assert, assertEquals, assertRejects } from "@std/assert";
import { createLocalApi } from "../../../src/tailscale/local/local_api.ts";
import { LocalApiError } from "../../../src/tailscale/local/error.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { type Answer, fakeTransport, never } from "./_fake_transport.ts";

function rig(answer: Answer | string, kind: "socket" | "bridge" = "socket") {
  const clock = new FakeClock();
  const answers = typeof answer === "string" ? () => new Response(answer) : answer;
  const transport = fakeTransport(answers, kind);
  const api = createLocalApi({ transport, delay: clock.delay, timeoutMs: 2_000 });
  return { api, clock, transport };
}

function fixtureRig(name: string) {
  return rig(fixtureText(`localapi/${name}`));
}

function fails(promise: Promise<unknown>): Promise<LocalApiError> {
  return assertRejects(() => promise, LocalApiError);
}

Deno.test("LocalApi.status() asks with peers or without", async () => {
  const { api, transport } = fixtureRig("status.json");
  assertEquals((await api.status()).peers.length, 2);
  await api.status({ withPeers: false });
  assertEquals(transport.sent.map(({ endpoint, query }) => ({ endpoint, query })), [
    { endpoint: "status", query: {} },
    { endpoint: "status", query: { peers: "false" } },
  ]);
});

Deno.test("LocalApi.status() gives the objects of before for peers that did not change", async () => {
  const { api } = fixtureRig("status.json");
  const before = (await api.status()).peers;
  assertEquals((await api.status({ withPeers: false })).peers.length, 2);
  const after = (await api.status()).peers;
  assertEquals(after.map((peer, at) => peer === before[at]), [true, true]);
});

Deno.test("LocalApi.status() is bounded and explains what is no status", async () => {
  const transport = fakeTransport(() => new Response(fixtureText("localapi/status.json")));
  const bounded = createLocalApi({ transport, maxStatusBytes: 4_000 });
  assertEquals((await fails(bounded.status())).failure, "too_large");
  const { failure, message } = await fails(rig("<html>").api.status());
  assertEquals(failure, "malformed");
  assertEquals(
    message,
    "Cannot read the status of tailscaled: /run/ts.sock sent what no LocalAPI sends: " +
      "Unexpected token '<'; check that tailscaled runs and that LOCALAPI_SOCKET is its socket",
  );
});

Deno.test("LocalApi.whois() returns the node, or undefined", async () => {
  const { api, transport } = fixtureRig("whois-user.json");
  assertEquals((await api.whois("100.64.0.2"))?.user?.loginName, "alice@example.com");
  assertEquals(transport.sent[0]?.query, { addr: "100.64.0.2" });
  const nobody = rig(() => new Response("no match for IP:port\n", { status: 404 }));
  assertEquals(await nobody.api.whois("100.64.9.9"), undefined);
  const elsewhere = rig(() => new Response("404 page not found", { status: 404 }));
  assertEquals((await fails(elsewhere.api.whois("100.64.9.9"))).failure, "not_found");
  const bad = rig(() => new Response("invalid 'addr' parameter\n", { status: 400 }));
  assertEquals((await fails(bad.api.whois("x".repeat(500)))).failure, "status");
});

Deno.test("LocalApi.usermetrics() and metrics() give pages as they are", async () => {
  const page = fixtureText("localapi/usermetrics.txt");
  const { api, transport } = rig(page);
  for (const bytes of [await api.usermetrics(), await api.metrics()]) {
    assertEquals(new TextDecoder().decode(bytes), page);
  }
  assertEquals(transport.sent.map(({ endpoint }) => endpoint), ["usermetrics", "metrics"]);
});

Deno.test("LocalApi.raw() gives the bytes of an answer, bounded, and explains a refusal", async () => {
  const odd = '{"Self": 12345678901234567890,\n\t"x":"\u00e9"}\n';
  const { api, transport } = rig(odd);
  const answers = [
    await api.raw({ endpoint: "status" }),
    await api.raw({ endpoint: "usermetrics" }),
    await api.raw({ endpoint: "whois", query: { addr: "100.64.0.2" } }),
  ];
  for (const bytes of answers) assertEquals(new TextDecoder().decode(bytes), odd);
  assertEquals(transport.sent.map(({ endpoint, query }) => [endpoint, query?.addr]), [
    ["status", undefined],
    ["usermetrics", undefined],
    ["whois", "100.64.0.2"],
  ]);
  const bounded = createLocalApi({ transport, maxStatusBytes: odd.length });
  assertEquals((await fails(bounded.raw({ endpoint: "status" }))).failure, "too_large");
  const nobody = rig(() => new Response("no match for IP:port\n", { status: 404 }));
  const { failure, message } = await fails(nobody.api.raw({ endpoint: "whois" }));
  assertEquals([failure, message.includes('"no match for IP:port"')], ["not_found", true]);
});

Deno.test("LocalApi.ping() gives an answer, a refusal or a loss", async () => {
  const { api, transport } = fixtureRig("ping-disco-derp.json");
  assertEquals((await api.ping("100.64.0.2")).outcome, "answered");
  await api.ping("fd7a:115c:a1e0::2", { type: "TSMP" });
  assertEquals(transport.sent.map(({ method, query }) => [method, query]), [
    ["POST", { ip: "100.64.0.2", type: "disco" }],
    ["POST", { ip: "fd7a:115c:a1e0::2", type: "TSMP" }],
  ]);
  assertEquals(await fixtureRig("ping-no-peer.json").api.ping("100.64.9.9"), {
    outcome: "refused",
    reason: "no matching peer",
  });
  const silent = rig(never);
  const lost = silent.api.ping("100.64.0.2", { timeoutMs: 700 });
  await silent.clock.advance(700);
  assertEquals(await lost, { outcome: "lost" });
  await settle();
  assertEquals(silent.clock.waiting, 0);
});

Deno.test("LocalApi.ping() takes addresses only, and no failure for a loss", async () => {
  const { api, transport } = rig(() => new Response("no", { status: 500 }));
  await assertRejects(() => api.ping("node-b"), TypeError, 'Cannot ping "node-b": wanted an IP');
  assertEquals(transport.sent, []);
  assertEquals((await fails(api.ping("100.64.0.2"))).failure, "status");
});

Deno.test("LocalApi.onFailure() tells of each failed call, and of no answer that is none", async () => {
  const told: string[] = [];
  const listen = (answer: Answer, kind: "socket" | "bridge" = "socket") => {
    const parts = rig(answer, kind);
    parts.api.onFailure((failure) => told.push(failure));
    return parts;
  };
  const broken = listen(() => new Response("no", { status: 500 }));
  await fails(broken.api.status());
  await fails(broken.api.ping("100.64.0.2"));
  await fails(broken.api.usermetrics());
  assertEquals(told.splice(0), ["status", "status", "status"]);
  // An unknown address, a lost ping, a call that a bridge does not offer, a caller that gave up.
  await listen(() => new Response("no match for IP\n", { status: 404 })).api.whois("100.64.9.9");
  const silent = listen(never);
  const lost = silent.api.ping("100.64.0.2", { timeoutMs: 700 });
  await silent.clock.advance(700);
  await lost;
  await fails(listen(never, "bridge").api.prefs());
  const stopped = AbortSignal.abort(new Error("end"));
  await assertRejects(() => silent.api.usermetrics(stopped), Error, "end");
  assertEquals(told, []);
});

Deno.test("LocalApi.derpMap() and prefs() read their answers", async () => {
  const map = await fixtureRig("derpmap.json").api.derpMap();
  assertEquals(map.get(999)?.name, "Lab");
  const { api, transport } = fixtureRig("prefs.json");
  assertEquals((await api.prefs()).wantRunning, true);
  assertEquals(transport.sent[0]?.endpoint, "prefs");
});

Deno.test("LocalApi.editPrefs() patches what is told", async () => {
  const { api, transport } = fixtureRig("prefs.json");
  assertEquals((await api.editPrefs({ wantRunning: false })).wantRunning, true);
  const [{ method, body } = {}] = transport.sent;
  assertEquals([method, body], ["PATCH", '{"WantRunning":false,"WantRunningSet":true}']);
});

Deno.test("LocalApi.debug() posts an action, and says whose rights it needs", async () => {
  const { api, transport } = rig("done\n");
  await api.debug("rebind");
  const [{ method, query } = {}] = transport.sent;
  assertEquals([method, query], ["POST", { action: "rebind" }]);
  const denied = rig(() => new Response("debug access denied\n", { status: 403 }));
  const { failure, message } = await fails(denied.api.debug("restun"));
  assertEquals(failure, "forbidden");
  assert(message.startsWith('Cannot have tailscaled do "restun": '), message);
  assert(message.includes("the rights of root or of the operator"), message);
});

Deno.test("LocalApi calls end at the deadline of the client, and with the caller", async () => {
  const { api, clock } = rig(never);
  const late = fails(api.prefs());
  await clock.advance(2_000);
  assertEquals((await late).failure, "timeout");
  const stop = new AbortController();
  const calls = [
    api.status({ signal: stop.signal }),
    api.whois("100.64.0.2", stop.signal),
    api.usermetrics(stop.signal),
    api.ping("100.64.0.2", { signal: stop.signal }),
    api.derpMap(stop.signal),
    api.prefs(stop.signal),
    api.editPrefs({ wantRunning: true }, stop.signal),
    api.debug("rebind", stop.signal),
  ];
  stop.abort(new Error("Enough"));
  for (const each of await Promise.allSettled(calls)) {
    assertEquals(each.status === "rejected" && each.reason.message, "Enough");
  }
});

Deno.test("LocalApi tells place and calls of its transport, and closes it", () => {
  const { api, transport } = rig("", "bridge");
  assertEquals([api.place, api.supports("status"), api.supports("ping")], [
    "127.0.0.1:41112",
    true,
    false,
  ]);
  api.close();
  assert(transport.isClosed);
});

Deno.test("LocalApi.raw() keeps a copy, not the memory that a chunk came in", async () => {
  const memory = new Uint8Array(65_536);
  let sent = 0;
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === 26) return controller.close();
        memory[0] = 97 + sent++;
        controller.enqueue(memory.subarray(0, 1));
      },
    }, { highWaterMark: 0 });
  const bytes = await rig(() => new Response(body())).api.raw({ endpoint: "status" });
  assertEquals(new TextDecoder().decode(bytes), "abcdefghijklmnopqrstuvwxyz");
  assertEquals(bytes.buffer.byteLength, 26);
});
