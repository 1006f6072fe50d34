import { assert, assertEquals } from "@std/assert";
import { DEVICE_SOURCE_KEYS } from "../../src/config/credential_rule.ts";
import { LOCAL_API_KEYS } from "../../src/config/local_rule.ts";
import { SETTINGS } from "../../src/config/setting_table.ts";
import { explainNoSource, SOURCES } from "../../src/config/source_list.ts";

Deno.test("SOURCES has each setting that something can be read by, and no other", () => {
  const named = SOURCES.flatMap(({ variables }) => variables.match(/[A-Z_]{5,}/g) ?? []);
  const sources = [...DEVICE_SOURCE_KEYS, ...LOCAL_API_KEYS].map((key) => SETTINGS[key].variable);
  assertEquals(named.sort(), sources.sort());
});

Deno.test("explainNoSource() names each source, and the program that can open a socket", () => {
  const text = explainNoSource();
  for (const { variables } of SOURCES) assert(text.includes(`${variables} for `), variables);
  assert(text.includes("LOCALAPI_SOCKET for this host's tailscaled, with tsmetrics-host;"), text);
});
