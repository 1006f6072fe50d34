import { assertEquals } from "@std/assert";
import { Alerts } from "../../src/alerts/alerts.ts";
import { ApiError } from "../../src/errors.ts";
import type { HostFacts, KnownDevice, TailnetFacts } from "../../src/facts/mod.ts";
import { createClassifier } from "../../src/history/mod.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { known, snapshot } from "../facts/_snapshot.ts";

const MINUTE_MS = 60_000;

function makeAlerts(
  clock: FakeClock,
  findDevice = (): KnownDevice | undefined => known({ name: "relayed" }),
): Alerts {
  return new Alerts({
    classify: createClassifier({ types: [], critical: ["git"] }),
    includesPersonal: false,
    offlineMs: 2 * MINUTE_MS,
    now: clock.now,
    elapsed: () => 0,
    makeId: () => "s1",
    findDevice,
    credentialExpiresAtSeconds: () => undefined,
  });
}

async function listed(alerts: Alerts): Promise<readonly string[]> {
  return (await alerts.list()).map(({ rule, silencedUntilMs, state, summary }) =>
    `${state} ${rule}: ${summary}${silencedUntilMs === undefined ? "" : " (silenced)"}`
  );
}

function at(clock: FakeClock, devices: readonly KnownDevice[], isFresh = true): TailnetFacts {
  const facts = snapshot(devices, { atMs: clock.now() });
  if (isFresh) return facts;
  const error = new ApiError("timeout", "no answer");
  return { ...facts, isFresh, api: { ...facts.api, answers: false, error } };
}

Deno.test("Alerts.look() fires what lasts, and lists the most severe first", async () => {
  const clock = new FakeClock();
  const alerts = makeAlerts(clock);
  const told: string[] = [];
  const end = alerts.subscribe(({ entry, to }) => told.push(`${to} ${entry.rule}`));
  const devices = [known({ name: "web" }, false), known({ id: "2", name: "git" }, false)];
  await alerts.look(at(clock, devices));
  assertEquals((await listed(alerts)).length, 2);
  await clock.advance(2 * MINUTE_MS);
  await alerts.look(at(clock, devices));
  assertEquals(await listed(alerts), [
    "firing critical_node_offline: git is offline",
    "firing node_offline: web is offline",
  ]);
  assertEquals(told, ["firing node_offline", "firing critical_node_offline"]);
  end();
  const keyed = { rules: ["node_offline"], states: ["firing"], node: "example.com/1" } as const;
  assertEquals((await alerts.list(keyed)).length, 1);
  assertEquals((await alerts.list({ ...keyed, node: "example.com/2" })).length, 0);
});

Deno.test("Alerts.look() adds one alert, and changes no other, while control is gone", async () => {
  const clock = new FakeClock();
  const alerts = makeAlerts(clock);
  const many = Array.from({ length: 50 }, (_, id) => known({ id: `${id}` }, id > 0));
  await alerts.look(at(clock, many));
  await clock.advance(2 * MINUTE_MS);
  await alerts.look(at(clock, many));
  await clock.advance(60 * MINUTE_MS);
  await alerts.look(at(clock, many.map((each) => ({ ...each, isOnline: false })), false));
  assertEquals(await listed(alerts), [
    "firing collection_stale: There is no recent device list: timeout",
    "firing node_offline: node-a is offline",
  ]);
  await alerts.look(at(clock, many));
  assertEquals((await alerts.list({ states: ["resolved"] })).map(({ rule }) => rule), [
    "collection_stale",
  ]);
});

Deno.test("Alerts.look() waits five minutes after a start for the first list", async () => {
  const clock = new FakeClock();
  const facts = at(clock, [], false);
  const startedMs = clock.now();
  const look = (alerts: Alerts) =>
    alerts.look({
      ...facts,
      atMs: clock.now(),
      listing: undefined,
      api: { ...facts.api, sinceMs: startedMs },
    });
  const alerts = makeAlerts(clock);
  await clock.advance(5 * MINUTE_MS - 1);
  await look(alerts);
  assertEquals(await listed(alerts), []);
  await clock.advance(1);
  await look(alerts);
  const firing = ["firing collection_stale: There is no recent device list: timeout"];
  assertEquals(await listed(alerts), firing);
  // A restart meanwhile does not end it.
  const later = makeAlerts(clock);
  later.restore(alerts.state());
  await later.look({ ...facts, listing: undefined, api: { ...facts.api, sinceMs: facts.atMs } });
  assertEquals(await listed(later), firing);
});

Deno.test("Alerts.silence() marks what is silenced, and a restart forgets neither", async () => {
  const clock = new FakeClock();
  const alerts = makeAlerts(clock);
  const devices = [known({ name: "web" }, false)];
  await alerts.look(at(clock, devices));
  alerts.silence({ node: "web", untilMs: clock.now() + 60 * MINUTE_MS });
  const later = makeAlerts(clock);
  later.restore(JSON.parse(JSON.stringify(alerts.state())));
  await clock.advance(2 * MINUTE_MS);
  await later.look(at(clock, devices));
  assertEquals(await listed(later), ["firing node_offline: web is offline (silenced)"]);
  assertEquals([later.silences().length, later.unsilence("s1"), later.unsilence("s1")], [
    1,
    true,
    false,
  ]);
  assertEquals(await listed(later), ["firing node_offline: web is offline"]);
});

/** A host that reaches its one peer over a relay. */
function relayedHost(clock: FakeClock): HostFacts {
  const peer = { id: "n1", name: "relayed", path: "derp", sinceMs: 0 } as const;
  return {
    host: "local",
    atMs: clock.now(),
    answers: true,
    sinceMs: undefined,
    backend: "Running",
    health: [],
    isFresh: true,
    peerCount: 1,
    peers: new Map([["n1", peer]]),
    actions: [],
  };
}

Deno.test("Alerts.lookAtHost() fires for a server that stays behind a relay", async () => {
  const clock = new FakeClock();
  const alerts = makeAlerts(clock);
  const facts = relayedHost(clock);
  await alerts.lookAtHost(facts);
  await clock.advance(15 * MINUTE_MS);
  await alerts.lookAtHost(facts);
  assertEquals(await listed(alerts), ["firing on_relay: relayed is reached over a DERP relay"]);
  await clock.advance(60 * MINUTE_MS);
  await alerts.lookAtHost({ ...facts, isFresh: false, peers: new Map() });
  assertEquals((await alerts.list({ states: ["firing"] })).length, 1);
});

Deno.test("Alerts.lookAtHost() neither fires nor resolves while tailscaled does not answer", async () => {
  const clock = new FakeClock();
  const alerts = makeAlerts(clock);
  const facts = relayedHost(clock);
  const silent = { ...facts, answers: false };
  await alerts.lookAtHost(facts);
  await clock.advance(20 * MINUTE_MS);
  await alerts.lookAtHost(silent);
  assertEquals(await listed(alerts), ["pending on_relay: relayed is reached over a DERP relay"]);
  await alerts.lookAtHost(facts);
  await clock.advance(20 * MINUTE_MS);
  await alerts.lookAtHost({ ...silent, peers: new Map() });
  assertEquals((await alerts.list({ states: ["firing"] })).length, 1);
});

Deno.test("Alerts.lookAtHost() takes the last paths of a tailscaled that is not up for none", async () => {
  for (const backend of ["Stopped", "NeedsLogin"] as const) {
    const clock = new FakeClock();
    const alerts = makeAlerts(clock);
    const facts = relayedHost(clock);
    await alerts.lookAtHost(facts);
    await clock.advance(15 * MINUTE_MS);
    await alerts.lookAtHost({ ...facts, backend });
    assertEquals(await listed(alerts), [], backend);
    await alerts.lookAtHost(facts);
    await clock.advance(15 * MINUTE_MS);
    await alerts.lookAtHost(facts);
    for (const _ of [0, 1]) {
      await alerts.lookAtHost({ ...facts, backend });
      await clock.advance(5 * MINUTE_MS);
    }
    await alerts.lookAtHost({ ...facts, backend });
    const states = (await alerts.list({ rules: ["on_relay"] })).map(({ state }) => state);
    assertEquals(states, ["resolved"], backend);
  }
});

Deno.test("Alerts.lookAtHost() is quiet about the relays of a host without direct paths", async () => {
  const clock = new FakeClock();
  const alerts = makeAlerts(clock);
  const facts = { ...relayedHost(clock), isRelayed: true };
  await alerts.lookAtHost(facts);
  await clock.advance(15 * MINUTE_MS);
  await alerts.lookAtHost(facts);
  assertEquals(await listed(alerts), []);
});

Deno.test("Alerts.lookAtHost() resolves nothing while no recent list tells which peers are servers", async () => {
  const clock = new FakeClock();
  let isListed = true;
  const alerts = makeAlerts(clock, () => isListed ? known({ name: "relayed" }) : undefined);
  await alerts.lookAtHost(relayedHost(clock));
  await clock.advance(15 * MINUTE_MS);
  await alerts.lookAtHost(relayedHost(clock));
  isListed = false;
  await alerts.look(at(clock, [known()], false));
  for (let look = 0; look < 3; look++) {
    await clock.advance(5 * MINUTE_MS);
    await alerts.lookAtHost(relayedHost(clock));
  }
  assertEquals((await alerts.list({ rules: ["on_relay"] })).map(({ state }) => state), ["firing"]);
});
