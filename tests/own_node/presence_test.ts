import { assertEquals } from "@std/assert";
import { Presence } from "../../src/own_node/presence.ts";

const OWN = ["100.64.0.4"];
const WITH = [{ device: { addresses: ["100.64.0.4", "fd7a::4"] } }];
const WITHOUT = [{ device: { addresses: ["100.64.0.5"] } }];

Deno.test("Presence misses a node that was listed, and is not on two lists in a row", () => {
  const presence = new Presence();
  const steps = [WITHOUT, WITHOUT, WITH, WITHOUT, WITH, WITHOUT, WITHOUT, WITH];
  const missing = steps.map((list) => {
    presence.listed(list, OWN);
    return presence.isMissing;
  });
  assertEquals(missing, [false, false, false, false, false, false, true, false]);
});

Deno.test("Presence.reset() forgets that the node was ever listed", () => {
  const presence = new Presence();
  for (const list of [WITH, WITHOUT, WITHOUT]) presence.listed(list, OWN);
  presence.reset();
  assertEquals(presence.isMissing, false);
  for (const list of [WITHOUT, WITHOUT]) presence.listed(list, OWN);
  assertEquals(presence.isMissing, false);
});

Deno.test("Presence.isEphemeral is what the last list with the node says, else its login", () => {
  const presence = new Presence();
  assertEquals(presence.isEphemeral, false);
  presence.born(true);
  const said = [undefined, true, undefined, false].map((isEphemeral) => {
    const device = { addresses: ["100.64.0.4"], isEphemeral };
    presence.listed(
      [{ device: { addresses: ["100.64.0.5"], isEphemeral: true } }, { device }],
      OWN,
    );
    return presence.isEphemeral;
  });
  assertEquals(said, [true, true, true, false]);
  presence.listed([{ device: { addresses: ["100.64.0.4"], isEphemeral: true } }], OWN);
  presence.listed(WITHOUT, OWN);
  assertEquals(presence.isEphemeral, true);
  presence.born(false);
  assertEquals(presence.isEphemeral, true);
  presence.reset();
  assertEquals(presence.isEphemeral, false);
});
