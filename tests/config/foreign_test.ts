import { assert, assertEquals } from "@std/assert";
import { foreignFlag, foreignVariable } from "../../src/config/foreign.ts";
import { flagOf } from "../../src/config/setting.ts";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";

const VARIABLES = SETTING_ROWS.map(([, { variable }]) => variable);
const FLAGS = SETTING_ROWS.flatMap(([, setting]) => flagOf(setting) ?? []);

const FOREIGN_FLAGS = [
  "--web.listen-address --web.config.file --web.telemetry-path --config.file --tailnet --host",
  "--tailscale-oauth-client-secret --api-key --headscale-address --socket --once --listen",
].flatMap((line) => line.split(" "));

for (const flag of FOREIGN_FLAGS) {
  Deno.test(`foreignFlag() names flags and variables that exist for ${flag}`, () => {
    const advice = foreignFlag(flag);
    assert(advice !== undefined);
    const names = [...advice.matchAll(/--[a-z-]+/g)].map(([name]) => name);
    assertEquals(names.filter((name) => !FLAGS.includes(name)), []);
    const variables = [...advice.matchAll(/[A-Z]+_[A-Z_]+/g)].map(([name]) => name);
    assertEquals(variables.filter((name) => !VARIABLES.includes(name)), []);
  });
}

Deno.test("foreignFlag() leaves flags of ours and inherited names alone", () => {
  const names = [...FLAGS, "--constructor", "--__proto__", "--", ""];
  assertEquals(names.filter((name) => foreignFlag(name) !== undefined), []);
});

const FOREIGN_VARIABLES: readonly (readonly [name: string, ours: readonly string[]])[] = [
  ["TAILSCALE_API_KEY", ["OAUTH_TOKEN"]],
  ["TS_API_KEY", ["OAUTH_TOKEN"]],
  ["TAILNET", ["TAILNET_NAME"]],
  ["TAILSCALE_TAILNET", ["TAILNET_NAME"]],
  ["BIND_ADDRESS", ["BIND_HOST", "PORT"]],
  ["LISTEN_ADDR", ["BIND_HOST", "PORT"]],
  ["HEADSCALE_ADDRESS", ["HEADSCALE_URL"]],
  ["METRICS_PORT", ["PORT"]],
];
for (const [name, ours] of FOREIGN_VARIABLES) {
  Deno.test(`foreignVariable() takes ${name} for ${ours.join(" and ")}`, () => {
    const found = foreignVariable(name);
    assertEquals(found?.variables, ours);
    assertEquals(ours.filter((each) => !VARIABLES.includes(each)), []);
    assertEquals(ours.filter((each) => found?.words.includes(each) !== true), []);
  });
}

Deno.test("foreignVariable() leaves variables of ours, of tailscaled and of shells alone", () => {
  const strangers = ["TS_CLIENT_ID", "TS_AUTH_KEY", "HOST", "API_KEY", "PATH", "toString"];
  const names = [...VARIABLES, ...strangers];
  assertEquals(names.filter((name) => foreignVariable(name) !== undefined), []);
});
