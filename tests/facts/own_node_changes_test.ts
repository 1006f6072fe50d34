import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { NODE_STATES, SIDECAR_STATES } from "../../src/own_node/node_status.ts";
import { ownNodeChanges } from "../../src/facts/own_node_changes.ts";
import type { OwnNodeFacts } from "../../src/facts/own_node_facts.ts";

const STATES = [...new Set([...NODE_STATES, ...SIDECAR_STATES])];

function factsOf(state: OwnNodeFacts["state"], atMs = 0): OwnNodeFacts {
  return { state, summary: `It is ${state}.`, atMs };
}

Deno.test("ownNodeChanges() tells the state that our node went into, and when", () => {
  const [before, after] = [factsOf("running"), factsOf("key_expired", 7)];
  const changes = ownNodeChanges(before, after);
  assertEquals(changes.map(({ atMs, key, kind }) => [kind, key, atMs]), [
    ["own_node_key_expired", "tsnet", 7],
  ]);
  assertStrictEquals(changes[0]?.before, before);
  assertStrictEquals(changes[0]?.after, after);
});

Deno.test("ownNodeChanges() tells nothing of a node that starts with the program", () => {
  assertEquals(ownNodeChanges(undefined, factsOf("starting")), []);
  assertEquals(ownNodeChanges(undefined, factsOf("needs_login"))[0]?.kind, "own_node_needs_login");
});

Deno.test("ownNodeChanges() folded over any states give the last, each telling something new", () => {
  const step = fc.constantFrom(...STATES);
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    let facts: OwnNodeFacts | undefined;
    let told = "own_node_starting";
    for (const [at, state] of steps.entries()) {
      const next = factsOf(state, at);
      for (const { after, atMs, before, kind } of ownNodeChanges(facts, next)) {
        assertEquals(kind === told, false);
        assertEquals([before, after, atMs], [facts, next, at]);
        told = kind;
      }
      facts = next;
      assertEquals(told, `own_node_${state}`);
    }
  }));
});
