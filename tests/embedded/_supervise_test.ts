import { assertEquals } from "@std/assert";
import { FakeWorker, settle } from "./_fake_worker.ts";
import { Lab } from "./_node_lab.ts";

Deno.test("EmbeddedNode starts anew where a Worker cannot be opened", async () => {
  let opened = 0;
  const worker = new FakeWorker(() => null);
  await using lab = new Lab({
    openWorker() {
      if (opened++ === 0) throw new RangeError("out of memory");
      lab.workers.push(worker);
      return worker;
    },
  });
  await lab.start();
  assertEquals(lab.restarts, [["out of memory", 1_000]]);
  await lab.waits.end(1_000);
  assertEquals([opened, lab.node.restarts, lab.restarts.length], [2, 1, 1]);
});

Deno.test("EmbeddedNode waits as little as at first after a time in the tailnet", async () => {
  await using lab = new Lab();
  // Its first login fails, one of Tailscale's own attempts does not.
  lab.program = ({ op }) => op === "start" ? new Error("the control plane is away") : undefined;
  await lab.start();
  for (let crash = 0; crash < 4; crash++) {
    await lab.look();
    assertEquals(lab.node.status.state, "running");
    lab.worker.send({ kind: "exit", last: "panic: x" });
    await settle();
    assertEquals(lab.restarts.at(-1)?.[1], 1_000);
    await lab.waits.end(1_000);
  }
});

Deno.test("EmbeddedNode.localapi() does not wait for a Worker that crashed during a look", async () => {
  await using lab = new Lab();
  lab.refuse();
  await lab.start();
  await lab.look(0);
  lab.elapsedMs += 600_000;
  const refusing = lab.program;
  lab.program = (call) => call.op === "localapi" ? "never" : refusing(call);
  await lab.waits.end(15_000);
  lab.worker.send({ kind: "exit", last: "panic: x" });
  await settle();
  const asked = await lab.node.localapi("GET", "/localapi/v0/status").catch(String);
  assertEquals(asked, "Error: The embedded node is not started yet");
  assertEquals(lab.logins, 0);
});

Deno.test("EmbeddedNode starts anew when its LocalAPI does not answer", async () => {
  await using lab = new Lab();
  await lab.start();
  lab.program = ({ op }) => op === "localapi" ? "never" : undefined;
  for (let look = 0; look < 4; look++) {
    await lab.waits.end(15_000);
    assertEquals(lab.restarts, []);
    await lab.waits.end(12_000);
  }
  assertEquals(lab.restarts, [["its LocalAPI tells no status: No answer within 12 s", 1_000]]);
});
