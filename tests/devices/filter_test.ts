import { assertEquals } from "@std/assert";
import { createDeviceFilter } from "../../src/devices/filter.ts";
import { makeDevice } from "./_device.ts";

Deno.test("createDeviceFilter() looks at name, short name, host name, id and tags", () => {
  const device = makeDevice({
    id: "92960230385",
    name: "Gateway-1.tail0001.ts.net",
    hostname: "ip-10-0-0-1",
    tags: ["tag:Production"],
  });
  const none = { targets: [], excludes: [], tags: [] };
  const cases: readonly (readonly [name: string, filter: object, expected: boolean])[] = [
    ["nothing asked", {}, true],
    ["short name", { targets: ["gateway-1"] }, true],
    ["short name, case", { targets: ["GATEWAY-*"] }, true],
    ["full name", { targets: ["gateway-1.tail0001.ts.net"] }, true],
    ["host name", { targets: ["ip-10-*"] }, true],
    ["id", { targets: ["92960230385"] }, true],
    ["second of two", { targets: ["router-*", "gateway-*"] }, true],
    ["another", { targets: ["router-*"] }, false],
    ["part of the name", { targets: ["gateway"] }, false],
    ["excluded by short name", { excludes: ["gateway-1"] }, false],
    ["excluded by id", { excludes: ["9296*"] }, false],
    ["target and excluded", { targets: ["*"], excludes: ["*-1"] }, false],
    ["tag without prefix", { tags: ["production"] }, true],
    ["tag with prefix", { tags: ["tag:production"] }, true],
    ["tag by glob", { tags: ["prod*"] }, true],
    ["one tag of two", { tags: ["critical", "production"] }, true],
    ["another tag", { tags: ["critical"] }, false],
    ["target, but another tag", { targets: ["*"], tags: ["critical"] }, false],
  ];
  for (const [name, filter, expected] of cases) {
    assertEquals(createDeviceFilter({ ...none, ...filter })(device), expected, name);
  }
});

Deno.test("createDeviceFilter() gives nothing on the tags of a device that is shared in", () => {
  const device = makeDevice({ tags: ["tag:production"], isExternal: true });
  const tags = ["production"];
  assertEquals(createDeviceFilter({ targets: [], excludes: [], tags })(device), false);
  assertEquals(createDeviceFilter({ targets: ["node-*"], excludes: [], tags: [] })(device), true);
});

Deno.test("createDeviceFilter() takes a device without host name and tags", () => {
  const filter = createDeviceFilter({ targets: ["undefined"], excludes: [], tags: [] });
  assertEquals(filter(makeDevice()), false);
});
