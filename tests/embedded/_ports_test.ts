import { assertEquals } from "@std/assert";
import { settle } from "./_fake_worker.ts";
import { Lab } from "./_node_lab.ts";

Deno.test("EmbeddedNode.listen() starts another Worker where the port is refused", async () => {
  await using lab = new Lab();
  await lab.start();
  lab.program = ({ op }) => op === "listen" ? new Error("port in use") : undefined;
  lab.node.listen(9100);
  await settle();
  const reason = "cannot listen on port 9100 of the tailnet: port in use";
  assertEquals(lab.restarts, [[reason, 1_000]]);
  lab.program = () => undefined;
  await lab.waits.end(1_000);
  assertEquals(lab.worker.ops.slice(0, 2), ["create", "listen"]);
  assertEquals(lab.node.status.state, "running");
});
