import { assertEquals } from "@std/assert";
import type { AccessRecord } from "../../src/access/mod.ts";
import { createAccessPoints } from "../../src/push/access_point.ts";
import { renderLine } from "../../src/push/line_protocol.ts";

const RECORD: AccessRecord = {
  atMs: 1_769_904_000_000,
  service: "grafana",
  method: "GET",
  endpoint: "/d/:id",
  path: "/d/1",
  query: undefined,
  status: 200,
  bytes: 10,
  seconds: 0.25,
  address: "100.64.0.1",
  agent: undefined,
  visitor: { userClass: "own", user: "me@example.com", device: "laptop" },
};

Deno.test("createAccessPoints() makes points of requests, no two of the same time", () => {
  const pointOf = createAccessPoints(0.999_999_5);
  const tags = "user=me@example.com,device=laptop,endpoint=/d/:id";
  assertEquals(
    [pointOf(RECORD), pointOf(RECORD)].map(renderLine),
    ["000000", "000001"].map((ns) =>
      `tailscale_access,${tags} status=200i,response_time=0.25 1769904000000${ns}`
    ),
  );
});

Deno.test("createAccessPoints() leaves out what is not known, and does not fail by an odd status", () => {
  const pointOf = createAccessPoints(0);
  const record = {
    ...RECORD,
    seconds: undefined,
    visitor: { userClass: "external" as const, user: undefined, device: undefined },
  };
  assertEquals(
    renderLine(pointOf(record)),
    "tailscale_access,endpoint=/d/:id status=200i 1769904000000000001",
  );
});
