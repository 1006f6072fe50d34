import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { hostChanges } from "../../src/facts/host_changes.ts";
import type { HostFacts, PeerFacts, WatchdogAction } from "../../src/facts/host_facts.ts";

const NOON_MS = 1_769_904_000_000;

function peer(id: string, path: PeerFacts["path"] = "direct_v4"): PeerFacts {
  return { id, name: `node-${id}`, path, sinceMs: NOON_MS };
}

function host(
  peers: readonly PeerFacts[] | undefined,
  fields: Partial<HostFacts> = {},
): HostFacts {
  return {
    host: "",
    atMs: NOON_MS,
    answers: true,
    sinceMs: NOON_MS,
    backend: "Running",
    health: [],
    peers: peers && new Map(peers.map((one) => [one.id, one])),
    isFresh: true,
    peerCount: peers?.length,
    actions: [],
    ...fields,
  };
}

function action(number: number, atMs: number = NOON_MS): WatchdogAction {
  return { number, kind: "rebind", succeeded: true, atMs };
}

async function told(before: HostFacts, after: HostFacts): Promise<readonly string[]> {
  return (await hostChanges(before, after)).map(({ kind, key }) => `${kind} ${key}`.trim());
}

Deno.test("hostChanges() tells of the first list of peers once, not of each peer", async () => {
  const unknown = host(undefined, { answers: undefined, backend: undefined });
  assertEquals(await told(unknown, host([peer("1"), peer("2")])), [
    "tailscaled_answers",
    "backend_changed",
    "host_known",
  ]);
});

Deno.test("hostChanges() tells of each peer whose path changed, that came or went", async () => {
  const [one, two, three] = [peer("1"), peer("2"), peer("3")];
  assertEquals(await told(host([one, two]), host([one, two])), []);
  const changes = await hostChanges(host([one, two]), host([{ ...one }, peer("2", "derp"), three]));
  assertEquals(changes.map(({ key, before, after }) => [key, before, after]), [
    ["2", two, peer("2", "derp")],
    ["3", undefined, three],
  ]);
  assertEquals(await told(host([one, two]), host([two])), ["peer_path_changed 1"]);
});

Deno.test("hostChanges() tells of a tailscaled that is silent, and of nothing else then", async () => {
  const up = host([peer("1")]);
  const silent: HostFacts = { ...up, answers: false };
  assertEquals(await told(up, silent), ["tailscaled_silent"]);
  assertEquals(await told(silent, silent), []);
  assertEquals(await told(silent, up), ["tailscaled_answers"]);
  assertEquals(await told(up, { ...up, backend: "Stopped" }), ["backend_changed"]);
});

Deno.test("hostChanges() tells each action of the watchdog once, in the order of time", async () => {
  const after = host([peer("1", "derp")], {
    atMs: NOON_MS + 9,
    actions: [action(1), action(2, NOON_MS + 1), action(3, NOON_MS + 2)],
  });
  const changes = await hostChanges(host([peer("1")], { actions: [action(1)] }), after);
  assertEquals(
    changes.map(({ kind, before, atMs }) => [
      kind,
      kind === "watchdog_acted" ? before?.number : undefined,
      atMs - NOON_MS,
    ]),
    [
      ["watchdog_acted", 1, 1],
      ["watchdog_acted", 2, 2],
      ["peer_path_changed", undefined, 9],
    ],
  );
  assertEquals(await told(after, after), []);
});

Deno.test("hostChanges() lets other work run within a long list", async () => {
  const peers = Array.from({ length: 1_000 }, (_, at) => peer(`${at}`));
  let elapsedMs = 0;
  let pauses = 0;
  await hostChanges(host(peers), host(peers), {
    elapsed: () => elapsedMs += 4,
    pause: () => Promise.resolve(void pauses++),
  });
  assertEquals(pauses, 16);
});

const peers = fc.option(
  fc.uniqueArray(
    fc.tuple(fc.constantFrom("1", "2", "3"), fc.constantFrom("direct_v4", "derp", "offline"))
      .map(([id, path]) => peer(id, path as PeerFacts["path"])),
    { selector: ({ id }) => id },
  ),
  { freq: 3 },
);

Deno.test("hostChanges() folded over the first snapshot give the last, each telling something new", async () => {
  const step = fc.record({ peers, answers: fc.boolean() });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    let facts = host(undefined, { answers: undefined });
    const paths = new Map<string, string>();
    let answers: boolean | undefined;
    for (const { peers, answers: isUp } of steps) {
      // A poll that fails leaves the peers as they were.
      const next: HostFacts = !isUp
        ? { ...facts, answers: false }
        : { ...host(peers ?? [...facts.peers?.values() ?? []]) };
      for (const change of await hostChanges(facts, next)) {
        switch (change.kind) {
          case "host_known":
            for (const one of change.after.peers?.values() ?? []) paths.set(one.id, one.path);
            break;
          case "peer_path_changed":
            assertEquals(paths.get(change.key), change.before?.path);
            assertEquals(change.before?.path === change.after?.path, false);
            if (change.after === undefined) paths.delete(change.key);
            else paths.set(change.key, change.after.path);
            break;
          case "watchdog_acted":
            throw new Error("there was no action");
          default:
            assertEquals(answers === change.after.answers, false);
            answers = change.after.answers;
        }
      }
      assertEquals(answers, next.answers);
      const expected = [...next.peers?.values() ?? []].map(({ id, path }) => [id, path]);
      assertEquals([...paths].toSorted(), expected.toSorted());
      facts = next;
    }
  }));
});
