import { assertEquals } from "@std/assert";
import { healthPoint } from "../../src/push/health_point.ts";
import { renderLine } from "../../src/push/line_protocol.ts";
import { known } from "../facts/_snapshot.ts";

const OPTIONS = { nodeType: "git", latencyMs: undefined, atMs: 1_769_904_000_000.5 };

Deno.test("healthPoint() has a node's tags and fields", () => {
  const device = { name: "git.example.ts.net", os: "linux", addresses: ["100.64.0.1", "fd7a::1"] };
  assertEquals(
    renderLine(healthPoint(known(device), { ...OPTIONS, latencyMs: 1.25 })),
    "tailscale_health,hostname=git,node_type=git,os=linux " +
      'online=1i,ip="100.64.0.1",latency_ms=1.25 1769904000000000000',
  );
});

Deno.test("healthPoint() leaves out what is not known", () => {
  const device = { name: "git", os: undefined, addresses: [] };
  assertEquals(
    renderLine(healthPoint(known(device, false), OPTIONS)),
    "tailscale_health,hostname=git,node_type=git online=0i 1769904000000000000",
  );
});

Deno.test("healthPoint() tells a node that was shared in from one of the same short name", () => {
  const hostnameOf = (isExternal: boolean) =>
    healthPoint(known({ name: "git.other.ts.net", isExternal }), OPTIONS).tags.hostname;
  assertEquals([hostnameOf(true), hostnameOf(false)], ["git.other.ts.net", "git"]);
});
