import { assertEquals } from "@std/assert";
import { settle } from "../_support/fake_clock.ts";
import { RUNNING } from "./_fake_login.ts";
import { look, rig } from "./_rig.ts";

Deno.test("SidecarNode says why the control plane refused, and tries again after 5 minutes", async () => {
  const lab = rig();
  const refused = "You are logged out. The last login error was: invalid key";
  lab.api.status = { BackendState: "NeedsLogin", Health: ["other", refused] };
  lab.node.start();
  await settle();
  assertEquals(lab.seen, ["needs_login invalid key; check TS_AUTHKEY"]);
  for (let second = 0; second < 299; second++) await look(lab);
  assertEquals(lab.api.told.length, 1);
  await look(lab);
  assertEquals(lab.api.told.length, 2);
  await lab.node.close();
});

Deno.test("SidecarNode names TS_AUTHKEY only where the control plane decided against the key", async () => {
  const refusals: readonly (readonly [hasAuthKey: boolean, error: string])[] = [
    [true, "register request: http 503: down"],
    [false, "device limit reached"],
  ];
  for (const [hasAuthKey, error] of refusals) {
    const lab = rig({ hasAuthKey });
    const health = `You are logged out. The last login error was: ${error}`;
    lab.api.status = { BackendState: "NeedsLogin", Health: [health] };
    lab.node.start();
    await settle();
    assertEquals(lab.seen, [`needs_login ${error}`]);
    await lab.node.close();
  }
});

Deno.test("SidecarNode with a refused key keeps its state during each further attempt", async () => {
  const lab = rig();
  const refused = "You are logged out. The last login error was: invalid key";
  lab.node.start();
  for (let second = 0; second < 620; second++) {
    // tailscaled forgets the refusal when it is told to log in, and has no state for a moment.
    const age = second % 300;
    lab.api.status = age < 2
      ? { BackendState: "NoState" }
      : { BackendState: "NeedsLogin", Health: age < 10 ? [] : [refused] };
    await look(lab);
  }
  assertEquals(lab.seen, ["needs_login invalid key; check TS_AUTHKEY"]);
  assertEquals(lab.api.told.length, 3);
  await lab.node.close();
});

Deno.test("SidecarNode keeps the reason of a login that tailscaled refused, and retries slowly", async () => {
  const lab = rig();
  lab.api.refusal = new Error("/run/ts.sock answered 403");
  lab.node.start();
  await settle();
  for (let second = 0; second < 299; second++) await look(lab);
  assertEquals(lab.seen, ["needs_login /run/ts.sock answered 403"]);
  assertEquals(lab.api.told.length, 1);
  lab.api.refusal = undefined;
  await look(lab);
  assertEquals(lab.seen.length, 1, "the outcome of the second login is not known yet");
  assertEquals(lab.api.told.length, 2);
  lab.api.status = RUNNING;
  await look(lab);
  assertEquals([lab.node.status.state, lab.node.status.error], ["running", undefined]);
  await lab.node.close();
});

Deno.test("SidecarNode tells no old refusal where a later login does not reach the control plane", async () => {
  const lab = rig();
  const health = (reason: string) => [`You are logged out. The last login error was: ${reason}`];
  const refused = { BackendState: "NeedsLogin", Health: health("invalid key") };
  lab.api.status = refused;
  lab.node.start();
  await settle();
  for (let second = 0; second < 300; second++) await look(lab);
  assertEquals(lab.api.told.length, 2);
  lab.api.status = { BackendState: "NoState", Health: health("fetch control key: dns error") };
  for (let second = 0; second < 10; second++) await look(lab);
  assertEquals(lab.seen, ["needs_login invalid key; check TS_AUTHKEY"], "a network may come up");
  for (let second = 0; second < 320; second++) await look(lab);
  assertEquals(lab.seen.slice(1), ["starting fetch control key: dns error"]);
  lab.api.status = refused;
  await look(lab);
  assertEquals(lab.seen.slice(2), ["needs_login invalid key; check TS_AUTHKEY"]);
  await lab.node.close();
});

Deno.test("SidecarNode tells no old refusal of a tailscaled that has taken a later login", async () => {
  const lab = rig();
  lab.api.refusal = new Error("/run/ts.sock answered 403");
  lab.node.start();
  await settle();
  lab.api.refusal = undefined;
  lab.api.status = { BackendState: "NoState" };
  for (let second = 0; second < 359; second++) await look(lab);
  assertEquals(lab.seen, ["needs_login /run/ts.sock answered 403"]);
  await look(lab);
  assertEquals(lab.seen.slice(1), ["starting it does not answer"]);
  assertEquals(lab.api.told.length, 2);
  await lab.node.close();
});

Deno.test("SidecarNode logs in where the control plane has decided against the key of the node", async () => {
  const refusals: readonly (readonly [error: string, isDecided: boolean])[] = [
    ["register request: http 400: node not found", true],
    ["invalid key: node key has been revoked", true],
    ["register request: http 503: down", false],
    ["register request: http 429: slow down", false],
    ['register request: Post "https://hs.example/machine/register": EOF', false],
    ["context deadline exceeded", false],
  ];
  for (const [error, isDecided] of refusals) {
    const lab = rig();
    const health = `You are logged out. The last login error was: ${error}`;
    lab.api.status = { BackendState: "NoState", HaveNodeKey: true, Health: [health] };
    lab.node.start();
    await settle();
    for (let second = 0; second < 90; second++) await look(lab);
    assertEquals(lab.api.told.length, isDecided ? 1 : 0, error);
    // After a minute the reason is told, whatever it is.
    assertEquals(lab.seen, [`starting ${error}`]);
    await lab.node.close();
  }
});
