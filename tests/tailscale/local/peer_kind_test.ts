import { assertEquals } from "@std/assert";
import { FOREIGN_KINDS, type KindFacts, kindOf } from "../../../src/tailscale/local/peer_kind.ts";

/** A machine of another tailnet. */
const LAPTOP: KindFacts = {
  name: "laptop.tail0000.ts.net",
  hostname: "laptop",
  tags: [],
  isSharee: false,
};

const CASES: readonly (readonly [what: string, facts: Partial<KindFacts>, kind: string])[] = [
  ["a machine", {}, "device"],
  ["one that says nothing of sharing", { isSharee: undefined }, "device"],
  ["one without a name", { name: undefined, hostname: undefined }, "device"],
  ["a Mullvad exit node by its name", { name: "ch-zrh-wg-001.mullvad.ts.net" }, "mullvad"],
  ["a Mullvad exit node by its tag", { tags: ["tag:mullvad-exit-node"] }, "mullvad"],
  ["a tailnet whose name ends alike", { name: "a.not-mullvad.ts.net" }, "device"],
  ["a machine with Funnel's tag", { tags: ["tag:ingress"] }, "device"],
  ["a Funnel relay by its tag", { tags: ["tag:ingress"], isSharee: true }, "funnel"],
  ["a Funnel relay by its name", { hostname: "funnel-ingress-node", isSharee: true }, "funnel"],
  ["a machine of that name", { hostname: "funnel-ingress-node" }, "device"],
  ["a sharee", { name: "pixel.tail9999.ts.net", isSharee: true }, "sharee"],
];

for (const [what, facts, kind] of CASES) {
  Deno.test(`kindOf() takes ${what} for ${kind}`, () => {
    assertEquals(kindOf({ ...LAPTOP, ...facts }), kind);
  });
}

Deno.test("FOREIGN_KINDS has every kind that is no device", () => {
  const kinds = CASES.map(([, , kind]) => kind).filter((kind) => kind !== "device");
  assertEquals(new Set<string>(FOREIGN_KINDS), new Set(kinds));
});
