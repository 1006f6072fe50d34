import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createLocalApi,
  type LocalApi,
  LocalApiError,
  openTransport,
} from "../../src/tailscale/local/mod.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { NOON_MS, run } from "./_answer.ts";

/** A demo at noon and a client of its LocalAPI, which end with the block. */
async function open(nowMs = () => NOON_MS) {
  const { demo, [Symbol.asyncDispose]: end } = await run({ now: nowMs });
  assert(demo.localApiUrl !== undefined);
  const local: LocalApi = createLocalApi({
    transport: openTransport({ kind: "forward", url: demo.localApiUrl }, {
      createHttpClient: (options) => Deno.createHttpClient(options),
    }),
  });
  return {
    demo,
    local,
    async [Symbol.asyncDispose]() {
      local.close();
      await end();
    },
  };
}

Deno.test("answerLocally() tells the demo's devices as the peers of its first one", async () => {
  await using running = await open();
  const { demo, local } = running;
  const status = await local.status();
  const devices = demo.model.devices();
  assertEquals([status.backendState, status.rejected], ["Running", []]);
  assertEquals(status.self?.name, devices[0]?.name);
  const peers = devices.slice(1).filter(({ traits }) => !traits.has("unauthorized"));
  assertEquals(
    status.peers.map(({ addresses, id, isOnline, name, tags }) => ({
      addresses,
      id,
      isOnline,
      name,
      tags,
    })),
    peers.map(({ addresses, isOnline, name, nodeId, tags }) => ({
      addresses,
      id: nodeId,
      isOnline,
      name,
      tags,
    })),
  );
  assertEquals((await local.status({ withPeers: false })).peers, []);
});

Deno.test("answerLocally() answers pings over the path that the status has", async () => {
  await using running = await open();
  const { local } = running;
  const { peers } = await local.status();
  const outcomes = new Set<string>();
  for (const { addresses: [address = ""], currentAddress, isOnline, peerRelay } of peers) {
    if (isOnline !== true) continue;
    const result = await local.ping(address, { timeoutMs: 2_000 });
    outcomes.add(result.outcome);
    if (result.outcome !== "answered") continue;
    assert(result.latencySeconds > 0 && result.latencySeconds < 1);
    if (currentAddress !== undefined) assertEquals(result.endpoint, currentAddress);
    if (peerRelay !== undefined) assertEquals(result.peerRelay, peerRelay);
  }
  assertEquals([...outcomes].sort(), ["answered", "lost"]);
  assertEquals((await local.ping("100.64.0.1")).outcome, "refused");
});

Deno.test("answerLocally() mends paths, and takes the host down and up", async () => {
  const clock = new FakeClock(NOON_MS);
  await using running = await open(clock.now);
  const { local } = running;
  await clock.advance(60_000);
  const countDirect = async () =>
    (await local.status()).peers.filter(({ currentAddress }) => currentAddress !== undefined)
      .length;
  const before = await countDirect();
  await local.debug("rebind");
  await clock.advance(1_000);
  assert(await countDirect() > before);
  assertEquals((await local.editPrefs({ wantRunning: false })).wantRunning, false);
  const down = await local.status();
  assertEquals([down.backendState, down.peers], ["Stopped", []]);
  assertEquals((await local.editPrefs({ wantRunning: true })).wantRunning, true);
  assertEquals((await local.prefs()).wantRunning, true);
  assertEquals((await local.status()).backendState, "Running");
});

Deno.test("answerLocally() tells metrics, regions, and the node behind an address", async () => {
  await using running = await open();
  const { demo, local } = running;
  const [self] = demo.model.devices();
  assertEquals(await local.usermetrics(), demo.model.page(self?.id ?? ""));
  const regions = await local.derpMap();
  assertEquals([regions.get(4)?.code, regions.size], ["fra", 28]);
  const codes = new Set([...regions.values()].map(({ code }) => code));
  assertEquals(codes.size, regions.size);
  const phone = demo.model.deviceAt("bruno-phone");
  const [address = "", other = ""] = phone?.addresses ?? [];
  const found = await local.whois(address);
  assertEquals([found?.id, found?.user?.loginName], [phone?.nodeId, "bruno@example.com"]);
  assertEquals((await local.whois(`[${other}]:51234`))?.id, phone?.nodeId);
  assertEquals(await local.whois("100.64.0.1"), undefined);
});

Deno.test("answerLocally() has no other paths, and no host where no fleet is asked for", async () => {
  await using running = await open();
  const { demo, local } = running;
  await assertRejects(() => local.raw({ endpoint: "logout" as "status" }), LocalApiError, "404");
  assert(demo.localApiUrl !== undefined);
  for (const devices of ["gateway-1", "demo:1001"]) {
    await using other = await run({ devices: [devices] });
    assertEquals(other.demo.localApiUrl, undefined);
  }
});
