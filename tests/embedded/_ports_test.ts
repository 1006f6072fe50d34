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

Deno.test("EmbeddedNode.listen() opens a port once that was closed while a new Worker opens others", async () => {
  await using lab = new Lab();
  lab.node.listen(9100);
  const listener = lab.node.listen(9200);
  const first = Promise.withResolvers<null>();
  lab.program = ({ args, op }) => op === "listen" && args[0] === 9100 ? first.promise : undefined;
  await lab.start();
  listener.close();
  lab.node.listen(9200);
  first.resolve(null);
  await settle();
  const calls = lab.worker.calls.filter(({ op }) => op.endsWith("listen"));
  assertEquals(calls.map(({ args, op }) => `${op} ${args[0]}`), [
    "listen 9100",
    "unlisten 9200",
    "listen 9200",
  ]);
});
