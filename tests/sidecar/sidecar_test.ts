import { assertEquals } from "@std/assert";
import { settle } from "../_support/fake_clock.ts";
import { RUNNING } from "./_fake_login.ts";
import { look, rig } from "./_rig.ts";

Deno.test("SidecarNode logs in a tailscaled that is logged out, and waits for it", async () => {
  const lab = rig();
  lab.node.start();
  lab.node.start();
  await settle();
  assertEquals(lab.api.told, ["login tsm at https://hs.example with tskey-auth-x"]);
  await look(lab);
  assertEquals([lab.seen, lab.node.status.state, lab.api.told.length], [[], "starting", 1]);
  lab.api.status = RUNNING;
  await look(lab);
  assertEquals(lab.seen, ["running"]);
  assertEquals([lab.node.status.name, lab.node.status.tags], ["tsm.lab.test", ["tag:exporter"]]);
  await lab.node.close();
  assertEquals(lab.api.isClosed, true);
});

Deno.test("SidecarNode without a key gives the URL to log in at", async () => {
  const lab = rig({ hasAuthKey: false, authKey: () => Promise.resolve(undefined) });
  lab.node.start();
  await settle();
  assertEquals(lab.api.told, ["login tsm at https://hs.example with undefined"]);
  lab.api.status = { BackendState: "NeedsLogin", AuthURL: "https://hs.example/a/1" };
  await look(lab);
  await look(lab, 400_000);
  assertEquals(lab.seen, ["needs_login https://hs.example/a/1"]);
  assertEquals(lab.api.told.length, 1);
  await lab.node.close();
});

Deno.test("SidecarNode reports a key that cannot be made", async () => {
  const lab = rig({ authKey: () => Promise.reject(new Error("the API answered 403")) });
  lab.node.start();
  await settle();
  await look(lab);
  await look(lab);
  assertEquals([lab.seen, lab.api.told], [["needs_login the API answered 403"], []]);
  await lab.node.close();
});

Deno.test("SidecarNode stays running when a change of its settings is refused, and retries slowly", async () => {
  const lab = rig({ hostname: "other" });
  lab.api.status = RUNNING;
  lab.api.refusal = new Error("/run/ts.sock answered 403");
  lab.node.start();
  await settle();
  for (let look5 = 0; look5 < 59; look5++) await look(lab, 5_000);
  assertEquals(lab.seen, ["refused: /run/ts.sock answered 403", "running"]);
  assertEquals([lab.api.told.length, lab.node.restarts], [1, 0]);
  await look(lab, 5_000);
  assertEquals([lab.api.told.length, lab.seen.length], [2, 2]);
  lab.api.refusal = undefined;
  for (let look5 = 0; look5 < 60; look5++) await look(lab, 5_000);
  assertEquals([lab.api.told.length, lab.api.settings.hostname], [3, "other"]);
  await lab.node.close();
});

Deno.test("SidecarNode tries refused settings at once on a tailscaled that came back", async () => {
  const lab = rig({ hostname: "other" });
  lab.api.status = RUNNING;
  lab.api.refusal = new Error("/run/ts.sock answered 403");
  lab.node.start();
  await settle();
  lab.api.status = new Error("no answer at /run/ts.sock");
  await look(lab, 5_000);
  lab.api.status = RUNNING;
  await look(lab);
  assertEquals([lab.api.told.length, lab.node.restarts], [2, 1]);
  await lab.node.close();
});

Deno.test("SidecarNode leaves a node that is in the tailnet as it is, but for our settings", async () => {
  const lab = rig();
  lab.api.status = RUNNING;
  lab.node.start();
  await settle();
  assertEquals(lab.api.told, []);
  await lab.node.close();
  const other = rig();
  other.api.status = RUNNING;
  other.api.settings = { wantRunning: false, hostname: "", controlUrl: "https://elsewhere/" };
  other.node.start();
  await settle();
  assertEquals(other.api.told, ['edit {"hostname":"tsm","wantRunning":true}']);
  assertEquals(other.seen, ["other control https://elsewhere/", "running"]);
  await other.node.close();
});

Deno.test("SidecarNode.listed() finds a node that was deleted, and logs in again", async () => {
  const own = { device: { addresses: ["100.64.0.4"] } };
  const other = { device: { addresses: ["100.64.0.5"] } };
  const lab = rig();
  lab.api.status = RUNNING;
  lab.node.start();
  await settle();
  for (const list of [[other], [other], [own, other], [other]]) lab.node.listed(list);
  assertEquals(lab.node.status.state, "running", "one list may be late");
  lab.node.listed([other]);
  assertEquals(lab.node.status.state, "removed");
  await look(lab, 5_000);
  await look(lab);
  assertEquals(lab.api.told, ["login tsm at https://hs.example with tskey-auth-x"]);
  assertEquals(lab.node.status.state, "removed", "no list has it yet");
  lab.node.listed([own]);
  await look(lab);
  assertEquals(lab.seen, ["running", "removed", "running"]);
  await lab.node.close();
});

Deno.test("SidecarNode is away from the control plane when it is not connected to it", async () => {
  const lab = rig();
  const online = (Online: boolean) => ({ ...RUNNING, Self: { ...RUNNING.Self, Online } });
  lab.api.status = online(true);
  lab.node.start();
  await settle();
  lab.api.status = online(false);
  for (let second = 0; second < 10; second += 5) await look(lab, 5_000);
  assertEquals(lab.seen, ["running"], "a connection is opened anew now and then");
  await look(lab, 5_000);
  lab.api.status = online(true);
  await look(lab);
  assertEquals(lab.seen, ["running", "control_away", "running"]);
  await lab.node.close();
});

Deno.test("SidecarNode takes Tailscale's own control plane for the default", async () => {
  const lab = rig({ controlUrl: "" });
  lab.api.status = RUNNING;
  lab.api.settings = { ...lab.api.settings, controlUrl: "https://controlplane.tailscale.com" };
  lab.node.start();
  await settle();
  assertEquals(lab.seen, ["running"]);
  await lab.node.close();
});

Deno.test("SidecarNode brings up a tailscaled that was told to be down", async () => {
  const lab = rig();
  lab.api.status = RUNNING;
  lab.node.start();
  await settle();
  lab.api.status = { ...RUNNING, BackendState: "Stopped" };
  lab.api.settings = { ...lab.api.settings, wantRunning: false };
  await look(lab, 15_000);
  assertEquals(lab.api.told, ['edit {"wantRunning":true}']);
  await lab.node.close();
});

Deno.test("SidecarNode gives a tailscaled without a state 5 s to read its own", async () => {
  const lab = rig();
  lab.api.status = { BackendState: "NoState" };
  lab.node.start();
  await settle();
  for (let second = 0; second < 4; second++) await look(lab);
  assertEquals(lab.api.told, []);
  await look(lab);
  assertEquals(lab.api.told.length, 1);
  await lab.node.close();
});

Deno.test("SidecarNode keeps the key of a node whose control plane is away at its start", async () => {
  for (const hasAuthKey of [true, false]) {
    const lab = rig({ hasAuthKey });
    const refused = "You are logged out. The last login error was: fetch control key: Get " +
      '"https://hs.example/key?v=142": dial tcp: connection refused';
    const backend = { BackendState: "NoState", HaveNodeKey: true };
    lab.api.status = { ...backend, Health: [refused] };
    lab.node.start();
    await settle();
    for (let second = 0; second < 9; second++) await look(lab);
    assertEquals(lab.seen, [], "a network may come up");
    for (let second = 0; second < 600; second++) await look(lab);
    assertEquals(lab.api.told, [], "a login would give it up");
    const reason = 'fetch control key: Get "https://hs.example/key?v=142": dial tcp: ' +
      "connection refused";
    assertEquals(lab.seen, [`starting ${reason}`]);
    lab.api.status = backend;
    await look(lab);
    assertEquals(lab.seen.at(-1), "starting it does not answer");
    lab.api.status = RUNNING;
    await look(lab);
    assertEquals(lab.seen.slice(2), ["running"]);
    await lab.node.close();
  }
});

Deno.test("SidecarNode keeps its key while a web page answers for its control plane", async () => {
  const lab = rig();
  const problem = "invalid character '<' looking for beginning of value";
  const health = `You are logged out. The last login error was: ${problem}\n` +
    "key hex has the wrong size, got 924 want 64";
  lab.api.status = { BackendState: "NoState", HaveNodeKey: true, Health: [health] };
  lab.node.start();
  await settle();
  for (let second = 0; second < 600; second++) await look(lab);
  assertEquals(lab.api.told, [], "a login would give it up");
  assertEquals(lab.seen, [
    `starting fetch control key: the answer is not that of a control plane (${problem})`,
  ]);
  await lab.node.close();
});

Deno.test("SidecarNode that waits for another control plane than ours says so, once", async () => {
  const lab = rig();
  lab.api.status = { BackendState: "NoState", HaveNodeKey: true };
  lab.api.settings = { ...lab.api.settings, controlUrl: "https://old.example" };
  lab.node.start();
  await settle();
  for (let second = 0; second < 5; second++) await look(lab);
  assertEquals(lab.seen, ["other control https://old.example"]);
  lab.api.status = RUNNING;
  await look(lab);
  assertEquals(lab.seen, ["other control https://old.example", "running"]);
  await lab.node.close();
});

Deno.test("SidecarNode that was brought up without its control plane says what it waits for", async () => {
  const lab = rig();
  const reason = "fetch control key: dns error";
  const health = `You are logged out. The last login error was: ${reason}`;
  lab.api.status = { BackendState: "Starting", Health: [health] };
  lab.node.start();
  await settle();
  for (let second = 0; second < 30; second++) await look(lab);
  assertEquals(lab.seen, [`starting ${reason}`]);
  await lab.node.close();
});

Deno.test("SidecarNode that tailscaled does not let in says that, and not its control plane", async () => {
  const lab = rig();
  lab.api.status = { BackendState: "NoState" };
  lab.api.refusal = new Error("/run/ts.sock answered 403");
  lab.node.start();
  await settle();
  for (let second = 0; second < 30; second++) await look(lab);
  assertEquals(lab.seen, ["needs_login /run/ts.sock answered 403"]);
  await lab.node.close();
});

Deno.test("SidecarNode reports a tailscaled that is away, and counts its return", async () => {
  const lab = rig();
  lab.api.status = RUNNING;
  lab.node.start();
  await settle();
  lab.api.status = new Error("no answer at /run/ts.sock");
  await look(lab, 15_000);
  assertEquals(lab.node.summary, "The sidecar is unreachable.");
  await look(lab);
  lab.api.status = RUNNING;
  await look(lab);
  assertEquals(lab.seen, [
    "running",
    "unreachable no answer at /run/ts.sock",
    "running",
  ]);
  assertEquals(lab.node.restarts, 1);
  assertEquals(lab.node.states.includes(lab.node.status.state), true);
  await lab.node.close();
});

Deno.test("SidecarNode logs in at once after a node that was in the tailnet was removed", async () => {
  const lab = rig();
  lab.api.status = RUNNING;
  lab.node.start();
  await settle();
  lab.api.status = { BackendState: "NeedsLogin" };
  await look(lab, 15_000);
  assertEquals([lab.seen, lab.api.told.length], [["running", "removed"], 1]);
  await lab.node.close();
});

Deno.test("SidecarNode.subscribe() calls back after each change", async () => {
  const lab = rig();
  let count = 0;
  lab.node.subscribe(() => count++);
  lab.api.status = RUNNING;
  lab.node.start();
  await settle();
  await look(lab, 15_000);
  assertEquals(count, 1);
  await lab.node.close();
});
