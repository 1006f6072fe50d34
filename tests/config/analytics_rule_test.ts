import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";

function warningsOf(listen: string): readonly string[] {
  const env = { TEST_DEVICES: "demo", ACCESS_LISTEN: listen };
  return loadConfig({ env, args: ["serve"] }).warnings.filter((one) => one.includes("ACCESS_"));
}

Deno.test("warnAboutAccessPort() warns of a port that other machines reach", () => {
  assertEquals(warningsOf("127.0.0.1:5514"), []);
  assertEquals(warningsOf("[::1]:5514"), []);
  assertEquals(warningsOf("0.0.0.0:5514"), [
    "ACCESS_LISTEN=0.0.0.0:5514 takes lines from anyone who reaches the port, who can so make up " +
    "requests. Limit it to the web servers, by a firewall or a network of containers of their own.",
  ]);
});
