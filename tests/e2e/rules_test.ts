import { assertEquals } from "@std/assert";

Deno.test("the rules of deploy/prometheus join what control and a host say of a device", async () => {
  const { code, stdout, stderr } = await new Deno.Command("promtool", {
    args: ["test", "rules", "deploy/prometheus/host.rules.test.yml"],
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals([code, said.includes("SUCCESS")], [0, true], said);
});
