import { assertEquals } from "@std/assert";
import { LocalApiError } from "../../src/tailscale/local/mod.ts";
import { fromFixture, HERE, NOBODY, read, request, setUp } from "./_fake_bridge.ts";

Deno.test("createBridgeHandler() says once that tailscaled is stuck, whatever is asked", async () => {
  const stuck = "no whole answer of /run/ts.sock within 10 s; tailscaled is stuck or very busy";
  let doing: Readonly<Record<string, string>> = {
    status: "read the status of tailscaled",
    whois: "ask who is behind an address",
  };
  const { handle, clock, lines } = setUp((each) => {
    const what = doing[each.endpoint];
    if (what === undefined) return fromFixture(each);
    return Promise.reject(new LocalApiError("timeout", `Cannot ${what}: ${stuck}`));
  });
  async function askAll(): Promise<unknown[]> {
    const statuses: unknown[] = [];
    for (const path of ["/status", "/whois/100.64.0.2", "/usermetrics"]) {
      statuses.push((await read(handle(request(path), HERE)))[0]);
    }
    await clock.advance(1_000);
    return lines.splice(0).concat(statuses.join(" "));
  }
  const status = `warning The bridge has no answer to pass on: Cannot ${doing.status}: ${stuck}`;
  const whois = `warning The bridge has no answer to pass on: Cannot ${doing.whois}: ${stuck}`;
  assertEquals(await askAll(), [status, "504 504 200"]);
  // The metrics, which a wedge leaves alone, are no sign of its end.
  assertEquals(await askAll(), ["504 504 200"]);
  doing = {};
  assertEquals(await askAll(), ["info The bridge passes status on again", "200 200 200"]);
  doing = { whois: "ask who is behind an address" };
  assertEquals(await askAll(), [whois, "200 504 200"]);
  doing = { status: "read the status of tailscaled", whois: "ask who is behind an address" };
  assertEquals(await askAll(), ["504 504 200"]);
});

Deno.test("createBridgeHandler() tells another cause, and takes a 404 for an answer", async () => {
  const refused = new LocalApiError("unreachable", "Cannot ask: no answer");
  const starting = new LocalApiError("status", "Cannot ask: answered 503", { status: 503 });
  const failures = [refused, refused, starting, NOBODY, refused];
  const { handle, clock, lines } = setUp(() => Promise.reject(failures.shift()));
  while (failures.length > 0) {
    await read(handle(request("/whois/100.64.9.9"), HERE));
    await clock.advance(1_000);
  }
  assertEquals(lines, [
    "warning The bridge has no answer to pass on: Cannot ask: no answer",
    "warning The bridge has no answer to pass on: Cannot ask: answered 503",
    "info The bridge passes whois on again",
    "warning The bridge has no answer to pass on: Cannot ask: no answer",
  ]);
});
