import { assertEquals } from "@std/assert";
import { Directory, type DirectoryOptions } from "../../src/access/directory.ts";
import type { Client } from "../../src/access/client_address.ts";
import { decodeWhois, type Whois } from "../../src/tailscale/local/whois.ts";
import { TimeSlice } from "../../src/time/slice.ts";
import { fixtureText } from "../_support/fixture.ts";

/** It joined before the requests of these tests. */
const WHOIS: Whois = {
  ...decodeWhois(fixtureText("localapi/whois-user.json")),
  createdSeconds: Date.UTC(2026, 0, 1) / 1000,
};
const LOGIN = WHOIS.user?.loginName;

/** A directory whose tailscaled knows 100.64.0.2, is 100.64.0.7, and whose calls are counted. */
function makeDirectory(options: Partial<DirectoryOptions> = {}) {
  const clock = { ms: 0, now: () => Date.UTC(2026, 1, 1) + clock.ms, elapsed: () => clock.ms };
  const calls: string[] = [];
  const tailscaled = { addresses: ["100.64.0.7"], isDown: false };
  const directory = new Directory({
    listings: [],
    local: {
      status: () => {
        calls.push("status");
        if (tailscaled.isDown) return Promise.reject(new TypeError("down"));
        return Promise.resolve({ ...tailscaled, self: { name: WHOIS.name } } as never);
      },
      whois: (address) => {
        calls.push(`whois ${address}`);
        return Promise.resolve(address === "100.64.0.2" ? WHOIS : undefined);
      },
    },
    retentionMs: 7 * 86_400_000,
    now: clock.now,
    elapsed: clock.elapsed,
    onWhois: (outcome) => calls.push(outcome),
    ...options,
  });
  const refresh = () => directory.refresh(new TimeSlice({ elapsed: clock.elapsed }));
  return { calls, clock, directory, refresh, tailscaled };
}

function client(address: string): Client {
  return { address, login: undefined };
}

Deno.test("Directory asks tailscaled for an address of no device list, and says how that went", async () => {
  const { calls, clock, directory, refresh } = makeDirectory();
  await refresh();
  const nowMs = clock.now();
  const found = await directory.visitors.find(client("100.64.0.2"), nowMs);
  const unknown = await directory.visitors.find(client("100.64.0.3"), nowMs);
  assertEquals([found.user, unknown.userClass], [LOGIN, "unknown"]);
  assertEquals(calls, ["status", "whois 100.64.0.2", "found", "whois 100.64.0.3", "unknown"]);
});

Deno.test("Directory knows this host by its own addresses, and keeps them while tailscaled is down", async () => {
  const { calls, clock, directory, refresh, tailscaled } = makeDirectory();
  const classOf = async (address: string) =>
    (await directory.visitors.find(client(address), clock.now())).userClass;
  await refresh();
  await refresh();
  assertEquals(await classOf("100.64.0.7"), "server");
  assertEquals(calls, ["status"], "one answer counts for minutes");
  tailscaled.isDown = true;
  clock.ms += 6 * 60_000;
  await refresh();
  assertEquals([calls.length, await classOf("100.64.0.7")], [2, "server"]);
  tailscaled.isDown = false;
  tailscaled.addresses = ["100.64.0.8"];
  clock.ms += 6 * 60_000;
  await refresh();
  assertEquals([await classOf("100.64.0.8"), await classOf("100.64.0.7")], ["server", "unknown"]);
});

Deno.test("Directory asks nothing where there is no tailscaled", async () => {
  const { clock, directory, refresh } = makeDirectory({ local: undefined });
  await refresh();
  const visitor = await directory.visitors.find(client("100.64.0.2"), clock.now());
  assertEquals(visitor.userClass, "unknown");
});
