import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { WatchdogPage } from "../../../src/collectors/host/_watch_page.ts";
import type { PeerRelay } from "../../../src/paths/mod.ts";
import { makeEndlessSlice, makeSpentSlice } from "../../_support/time_slice.ts";
import { pageText } from "../_golden.ts";

function makeRelay(number: number, relaySeconds?: number, peerName = `p${number}`): PeerRelay {
  const isOnRelay = relaySeconds !== undefined;
  return { peerId: `n${number}`, peerName, isOnRelay, relaySeconds: relaySeconds ?? 0 };
}

function makeRelays(count: number): readonly PeerRelay[] {
  return Array.from({ length: count }, (_, number) => makeRelay(number));
}

const everyone = (_: PeerRelay) => true;

/** The lines that a page of these peers has, in no order. */
function linesOf(peers: readonly PeerRelay[]): readonly string[] {
  return peers.flatMap(({ peerId, peerName, isOnRelay, relaySeconds }) => {
    const labels = `{peer_id="${peerId}",peer_name="${peerName}"}`;
    return [
      `tailscale_watchdog_peer_state${labels} ${isOnRelay ? 1 : 0}`,
      `tailscale_watchdog_peer_relay_duration_seconds${labels} ${relaySeconds}`,
    ];
  }).sort();
}

function samplesOf(page: WatchdogPage): readonly string[] {
  return pageText(page.section).split("\n").filter((line) => line.includes("{peer_id")).sort();
}

Deno.test("WatchdogPage renders only the groups whose peers changed, in turns", async () => {
  let turns = 0;
  const page = new WatchdogPage({ slice: makeSpentSlice(() => void turns++) });
  let before = page.section.generation;
  /** How many blocks these peers set. */
  const show = async (peers: readonly PeerRelay[], isShown: typeof everyone = everyone) => {
    await page.showPeers(peers, isShown);
    const { generation } = page.section;
    const count = generation - before;
    before = generation;
    return count;
  };
  const peers = makeRelays(1_000);
  assertEquals(await show(peers), 5);
  // One for each peer that is compared, and one for each group.
  assertEquals(turns, 1_005);
  assertEquals(await show(peers), 0);
  assertEquals(await show(peers.with(250, makeRelay(250, 60))), 1);
  assertEquals(await show(peers.with(250, makeRelay(250, 120))), 1);
  assertEquals(await show(peers.with(250, makeRelay(250, 120, "renamed"))), 1);
  const shown = peers.with(250, makeRelay(250, 120, "renamed"));
  assertEquals(await show(shown, ({ peerId }) => peerId !== "n999"), 1);
});

Deno.test("WatchdogPage.hidePeers() removes all peers at once, also those that are being shown", async () => {
  let onTurn = () => {};
  const page = new WatchdogPage({ slice: makeSpentSlice(() => onTurn()) });
  await page.showPeers(makeRelays(500), everyone);
  page.hidePeers();
  assertEquals([samplesOf(page), page.section.size], [[], 0] as never);
  let turns = 0;
  onTurn = () => {
    if (++turns === 501) page.hidePeers();
  };
  await page.showPeers(makeRelays(500), everyone);
  assertEquals([samplesOf(page), page.section.size], [[], 0] as never);
});

Deno.test("WatchdogPage shows in slices what it shows in one go, and no peer twice meanwhile", async () => {
  const state = fc.option(
    fc.tuple(fc.constantFrom(undefined, 0, 60), fc.constantFrom("a", "b")),
    { nil: undefined },
  );
  // Most fill two groups, so that peers come and go in both.
  const look = fc.array(state, { minLength: 400, maxLength: 420 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(look, fc.nat(600)), { minLength: 2, maxLength: 4 }),
      async (looks) => {
        const whole = new WatchdogPage({ slice: makeEndlessSlice() });
        let turns = 0;
        let onTurn = () => {};
        const sliced = new WatchdogPage({
          slice: makeSpentSlice(() => {
            // Not each, because reading a page takes longer than making it.
            if (turns++ % 50 === 0) assertNoneTwice(sliced);
            onTurn();
          }),
        });
        for (const [at, [states, overtakenAt]] of looks.entries()) {
          let wanted = relaysOf(states);
          const later = relaysOf(looks[at + 1]?.[0] ?? []);
          let overtaker: Promise<void> | undefined;
          turns = 0;
          onTurn = () => {
            if (turns !== overtakenAt || overtaker !== undefined) return;
            [wanted, overtaker] = [later, sliced.showPeers(later, everyone)];
          };
          await sliced.showPeers(wanted, everyone);
          await overtaker;
          await whole.showPeers(wanted, everyone);
          assertEquals(samplesOf(sliced), linesOf(wanted));
          assertEquals(samplesOf(whole), linesOf(wanted));
        }
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
});

function assertNoneTwice(page: WatchdogPage): void {
  const series = samplesOf(page).map((line) => line.slice(0, line.lastIndexOf(" ")));
  assertEquals(new Set(series).size, series.length);
}

function relaysOf(
  states: readonly (readonly [number | undefined, string] | undefined)[],
): readonly PeerRelay[] {
  return states.flatMap((state, number) =>
    state === undefined ? [] : [makeRelay(number, ...state)]
  );
}
