import { assertEquals } from "@std/assert";
import { loadSources } from "../src/loaded.ts";
import { testConfig } from "./_support/config.ts";
import { FakeRuntime } from "./_support/fake_runtime.ts";
import { openSources } from "../src/source/mod.ts";

/** Which parts are loaded under some settings. */
async function loadedParts(
  settings: Readonly<Record<string, string>>,
  options: Parameters<typeof loadSources>[3] = {},
): Promise<readonly string[]> {
  const config = testConfig({ OAUTH_TOKEN: "tskey-api-1", ...settings });
  const runtime = new FakeRuntime();
  await using sources = await openSources(config, runtime);
  const loaded = await loadSources(config, sources, runtime, options);
  return (["Analytics", "Monitor", "here", "openDatabase"] as const)
    .filter((part) => loaded[part] !== undefined);
}

Deno.test("loadSources() loads what is configured, and nothing else", async () => {
  assertEquals(await loadedParts({ HISTORY: "off" }), []);
  assertEquals(await loadedParts({}), ["Monitor"]);
  assertEquals(await loadedParts({ ACCESS_LISTEN: "127.0.0.1:5514" }), ["Analytics", "Monitor"]);
  assertEquals(await loadedParts({ LOCALAPI_URL: "http://127.0.0.1:1" }), ["Monitor", "here"]);
  const influx = { INFLUX_URL: "http://127.0.0.1:1", INFLUX_DATABASE: "tailscale" };
  assertEquals(await loadedParts(influx), ["Monitor", "openDatabase"]);
});

Deno.test("loadSources() loads for a single collection, or for some parts, only what they show", async () => {
  const all = {
    ACCESS_LISTEN: "127.0.0.1:5514",
    INFLUX_URL: "http://127.0.0.1:1",
    INFLUX_DATABASE: "tailscale",
    LOCALAPI_URL: "http://127.0.0.1:1",
  };
  assertEquals(await loadedParts(all, { isRepeating: false }), ["here"]);
  assertEquals(await loadedParts(all, { collect: ["peers"] }), ["here"]);
  assertEquals(await loadedParts(all), ["Analytics", "Monitor", "here", "openDatabase"]);
});
