import { assertEquals } from "@std/assert";
import { createClassifier, type NodeClass } from "../../src/history/node_class.ts";
import { HISTORY_SETTINGS } from "../../src/config/history.ts";
import { makeDevice } from "../devices/_device.ts";

/** The classes that the defaults of the settings give. */
function byDefault(name: string): NodeClass {
  const { criticalNodes, nodeTypes } = HISTORY_SETTINGS;
  const types = nodeTypes.kind.parse(nodeTypes.default) ?? [];
  const critical = criticalNodes.kind.parse(criticalNodes.default) ?? [];
  return createClassifier({ types, critical })(makeDevice({ name: `${name}.dev-git.ts.net` }));
}

Deno.test("createClassifier() has the documented defaults, whatever the tailnet is called", () => {
  const cases = [
    ["git", "git", true],
    ["chocolate-factory-dev", "development", true],
    ["chocolate-factory", "production", true],
    ["Chocolate-Factory-2", "production", true],
    ["laptop", "other", false],
  ] as const;
  for (const [name, type, isCritical] of cases) {
    const found = byDefault(name);
    assertEquals([found.type, found.isCritical], [type, isCritical], name);
  }
});

Deno.test("createClassifier() lets the first rule decide, and names it", () => {
  const classify = createClassifier({
    types: [
      { type: "prod", patterns: ["tag:prod*", "db-?"] },
      { type: "dev", patterns: ["db-*", "*.lab.example.com"] },
    ],
    critical: ["type:PROD", "tag:key", "gate"],
  });
  const cases = [
    [{ name: "db-1" }, ["prod", "prod=db-?", "type:PROD"]],
    [{ name: "db-10" }, ["dev", "dev=db-*", undefined]],
    [{ name: "a.lab.example.com" }, ["dev", "dev=*.lab.example.com", undefined]],
    [{ name: "db-10", tags: ["tag:Prod-eu"] }, ["prod", "prod=tag:prod*", "type:PROD"]],
    // What is shared in has its owner's tags.
    [{ name: "x", tags: ["tag:prod"], isExternal: true }, ["other", undefined, undefined]],
    [{ name: "x", tags: ["tag:key"] }, ["other", undefined, "tag:key"]],
    [{ name: "x", hostname: "GATE" }, ["other", undefined, "gate"]],
  ] as const;
  for (const [fields, wanted] of cases) {
    const { criticalRule, type, typeRule } = classify(makeDevice(fields));
    assertEquals([type, typeRule, criticalRule], [...wanted], JSON.stringify(fields));
  }
});

Deno.test("createClassifier() classifies a device object once", () => {
  const classify = createClassifier({ types: [], critical: [] });
  const device = makeDevice();
  assertEquals(classify(device) === classify(device), true);
});
