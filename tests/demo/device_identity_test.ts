import { assert, assertEquals } from "@std/assert";
import { knowsServices, makeIdentity } from "../../src/demo/device_identity.ts";
import type { Trait } from "../../src/demo/mod.ts";

const none: ReadonlySet<Trait> = new Set();

Deno.test("makeIdentity() gives no two of 10,000 devices the same id, address or key", () => {
  const all = Array.from({ length: 10_000 }, (_, index) => makeIdentity(1, index, "x", none));
  const count = (values: readonly (string | undefined)[]) => new Set(values).size;
  assertEquals(count(all.map(({ id }) => id)), 10_000);
  assertEquals(count(all.map(({ nodeId }) => nodeId)), 10_000);
  assertEquals(count(all.map(({ addresses }) => addresses[0])), 10_000);
  assertEquals(count(all.map(({ addresses }) => addresses[1])), 10_000);
  assertEquals(count(all.map(({ nodeKey }) => nodeKey)), 10_000);
});

Deno.test("makeIdentity() writes everything as Tailscale does", () => {
  for (let index = 0; index < 500; index++) {
    const identity = makeIdentity(3, index, "x", none);
    assert(/^[789]\d{15}$/.test(identity.id), identity.id);
    assert(/^n[1-9A-HJ-NP-Za-km-z]{7}11CNTRL$/.test(identity.nodeId), identity.nodeId);
    assert(/^mkey:[0-9a-f]{64}$/.test(identity.machineKey));
    assert(/^nodekey:[0-9a-f]{64}$/.test(identity.nodeKey));
    assert(/^tlpub:[0-9a-f]{64}$/.test(identity.lockKey));
    assert(
      /^1\.(9[68]|10[02])\.\d-t[0-9a-f]{9}-g[0-9a-f]{9}$/.test(identity.clientVersion),
      identity.clientVersion,
    );
    assert(identity.person.endsWith("@example.com"));
  }
});

Deno.test("makeIdentity() has ids beyond 2^53 among them", () => {
  const ids = Array.from({ length: 40 }, (_, index) => makeIdentity(1, index, "x", none).id);
  assert(ids.some((id) => String(Number(id)) !== id), "a number would hold every one of them");
});

Deno.test("makeIdentity() stays in Tailscale's ranges and spells addresses as URLs do", () => {
  for (let index = 0; index < 5000; index++) {
    const [ipv4, ipv6] = makeIdentity(1, index, "x", none).addresses;
    const second = Number(ipv4?.split(".")[1]);
    assert(second >= 64 && second < 96 && ipv4?.startsWith("100."), ipv4);
    assertEquals(new URL(`http://${ipv4}/`).hostname, ipv4);
    assertEquals(new URL(`http://[${ipv6}]/`).hostname, `[${ipv6}]`);
    assert(ipv6?.startsWith("fd7a:115c:a1e0::"), ipv6);
  }
});

Deno.test("makeIdentity() follows traits and names", () => {
  const of = (name: string, ...traits: Trait[]) => makeIdentity(1, 4, name, new Set(traits));
  assertEquals(of("x", "ipv6_only").addresses, of("x").addresses.slice(1));
  assert(of("x", "services").clientVersion.startsWith("1.102.3-"));
  assert(!knowsServices(of("x", "update_available").clientVersion));
  assertEquals(of("amelie-phone").person, "amelie@example.com");
  assertEquals(of("web-tok-03").site.code, "tok");
});
