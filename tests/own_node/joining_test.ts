import { assertEquals } from "@std/assert";
import { createJoining } from "../../src/own_node/joining.ts";
import { UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import { fillMessage } from "../../src/log/log.ts";
import { Secret } from "../../src/secret/secret.ts";
import { FakeClock } from "../_support/fake_clock.ts";

const NEEDS_LOGIN = { ...UNKNOWN_STATUS, state: "needs_login" } as const;

/** How a node with this key joins, what it logs, and what it asks the API. */
function rig(authKey: Secret | undefined) {
  const [lines, asked] = [[] as string[], [] as string[]];
  const unwanted = () => {};
  const joining = createJoining({ authKey, tags: ["exporter"] }, "sidecar", {
    fetch: (input) => {
      asked.push(new URL(String(input)).pathname);
      const isToken = String(input).endsWith("/token");
      return Promise.resolve(Response.json(isToken ? { access_token: "t" } : { key: "made" }));
    },
    log: {
      debug: unwanted,
      info: unwanted,
      warning: unwanted,
      error: (message, properties = {}) => lines.push(fillMessage(message, properties)),
    },
    delay: new FakeClock().delay,
    elapsed: () => 0,
  });
  return { asked, joining, lines };
}

Deno.test("createJoining() has no key where none is set, and logs each status once", async () => {
  const { asked, joining, lines } = rig(undefined);
  assertEquals([joining.hasAuthKey, await joining.authKey()], [false, undefined]);
  joining.onStatus(NEEDS_LOGIN);
  joining.onStatus({ ...NEEDS_LOGIN, name: "x" });
  assertEquals(lines, ["The sidecar is not logged in: set TS_AUTHKEY."]);
  assertEquals(asked, []);
});

Deno.test("createJoining() gives an auth key as it is, and makes one of a client's secret", async () => {
  const given = rig(new Secret("tskey-auth-x"));
  assertEquals([given.joining.hasAuthKey, await given.joining.authKey()], [true, "tskey-auth-x"]);
  const { asked, joining } = rig(new Secret("tskey-client-a-b"));
  assertEquals(await joining.authKey(), "made");
  assertEquals(await joining.authKey(), "made");
  assertEquals(asked.length, 2, "the key of an attempt without an outcome is used again");
  joining.onStatus({ ...UNKNOWN_STATUS, state: "running" });
  await joining.authKey();
  assertEquals(asked.length, 4);
});
