import { assertEquals } from "@std/assert";
import { Lab, SELF } from "./_node_lab.ts";

Deno.test("EmbeddedNode tells no old refusal where a later login does not reach the control plane", async () => {
  const seen: string[] = [];
  await using lab = new Lab({
    onStatus: ({ error, state }) => seen.push([state, error].filter(Boolean).join(" ")),
  });
  lab.refuse();
  await lab.start();
  for (let look = 0; look < 10; look++) await lab.look();
  assertEquals(seen, ["needs_login invalid key; check TS_AUTHKEY"]);
  const reason = "fetch control key: dns error";
  const health = `You are logged out. The last login error was: ${reason}`;
  lab.program = ({ op }) => op === "start" ? "never" : undefined;
  lab.backend = { BackendState: "NeedsLogin", Health: [health] };
  for (let look = 0; look < 40; look++) await lab.look();
  assertEquals(seen.slice(1), [`starting ${reason}`]);
  lab.backend = { BackendState: "Running", Self: SELF };
  await lab.look();
  assertEquals(seen.slice(2), ["running"]);
});

const REFUSALS: readonly (readonly [hasAuthKey: boolean, error: string, told: string])[] = [
  [true, "invalid key", "invalid key; check TS_AUTHKEY"],
  [true, "register request: http 503: down", "register request: http 503: down"],
  [false, "device limit reached", "device limit reached"],
];

Deno.test("EmbeddedNode names TS_AUTHKEY only where the control plane decided against the key", async () => {
  for (const [hasAuthKey, error, told] of REFUSALS) {
    await using lab = new Lab({
      hasAuthKey,
      authKey: () => Promise.resolve(hasAuthKey ? "key" : undefined),
    });
    lab.refuse(error);
    await lab.start();
    await lab.look();
    assertEquals(lab.node.status.error, told);
  }
});
