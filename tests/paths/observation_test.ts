import { assertEquals } from "@std/assert";
import { isAddressless, readByteCount } from "../../src/paths/observation.ts";
import { PATH_STATES } from "../../src/paths/path_state.ts";
import { peerIn } from "./_peer.ts";

Deno.test("isAddressless() is true of an online peer that packets go to without an address", () => {
  assertEquals(PATH_STATES.filter((state) => isAddressless(peerIn(state))), ["derp"]);
});

Deno.test("isAddressless() is false of a killed peer that is still active", () => {
  assertEquals(isAddressless(peerIn("derp", { isOnline: false })), false);
});

Deno.test("readByteCount() takes counts only", () => {
  const values = [0, 1, 2 ** 60, -1, NaN, Infinity, -Infinity, undefined];
  assertEquals(
    values.map(readByteCount),
    [0, 1, 2 ** 60, undefined, undefined, undefined, undefined, undefined],
  );
});
