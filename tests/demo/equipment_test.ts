import { assertEquals } from "@std/assert";
import { networkCount, routesOf, shapeOf, tagsOf } from "../../src/demo/equipment.ts";
import { KINDS } from "../../src/demo/device_kind.ts";

Deno.test("tagsOf() tags devices without an owner, unless they are shared in or untagged", () => {
  assertEquals(tagsOf(KINDS.server, new Set(), "server"), ["tag:exporter", "tag:server"]);
  assertEquals(tagsOf(KINDS.nas, new Set(), "nas"), ["tag:exporter", "tag:infra"]);
  assertEquals(tagsOf(KINDS.mac, new Set(), "mac"), []);
  assertEquals(tagsOf(KINDS.server, new Set(["untagged"]), "server"), []);
  assertEquals(tagsOf(KINDS.server, new Set(["shared_in"]), "server"), []);
});

Deno.test("routesOf() leaves a subnet router's last route unapproved", () => {
  const { advertised, enabled } = routesOf(1, 5, "subnet_router");
  assertEquals(advertised.length, 3);
  assertEquals(enabled, advertised.slice(0, 2));
  for (const route of advertised) {
    assertEquals(/^(10\.\d+\.0\.0\/16|(172|192)\.\d+\.\d+\.0\/24)$/.test(route), true, route);
  }
});

Deno.test("networkCount() counts networks, not exit routes", () => {
  const exit = routesOf(1, 5, "exit_node");
  assertEquals(exit.enabled, ["0.0.0.0/0", "::/0"]);
  assertEquals(networkCount(exit.advertised), 0);
  assertEquals(networkCount(routesOf(1, 5, "subnet_router").advertised), 3);
  assertEquals(networkCount(routesOf(1, 5, "server").advertised), 0);
});

Deno.test("shapeOf() gives a client only the families that its version knows", () => {
  const shape = (version: string) => shapeOf(1, 2, new Set(["services", "peer_relay"]), version);
  assertEquals(shape("1.100.0-t1-g1").services, undefined);
  assertEquals((shape("1.102.3-t1-g1").services ?? []).length > 0, true);
  assertEquals(shape("1.100.0-t1-g1").hasRelay, true);
  assertEquals(shapeOf(1, 2, new Set(), "1.102.3-t1-g1").services, []);
  assertEquals(shapeOf(1, 2, new Set(["own_names"]), "1.102.3-t1-g1").extra, "own_names");
});
