import { assertEquals, assertMatch } from "@std/assert";
import { Lab } from "./_lab.ts";
import { runProgram } from "./_program.ts";

Deno.test("Program says of a headscale without the API that it is none", async () => {
  await using lab = await Lab.up({ headscale: "release", nodes: ["a"] });
  const { code, stdout, stderr } = await runProgram(["check"], {
    TAILSCALE_API_URL: `${lab.variable("API_URL")}/api/v2`,
    OAUTH_TOKEN: lab.variable("API_KEY"),
  });
  assertEquals([code, stderr], [1, ""]);
  assertMatch(
    stdout,
    / answered 404 "404 page not found"; the server has no Tailscale-compatible API there .*: check TAILSCALE_API_URL/,
  );
});
