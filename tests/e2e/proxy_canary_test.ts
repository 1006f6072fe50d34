import { assertEquals } from "@std/assert";
import { fixtureText } from "../_support/fixture.ts";
import {
  assertClean,
  canarySettings,
  ENV_LOGIN,
  lookEverywhere,
  makeCanaryTailnet,
  PAGE_LOGIN,
} from "./_canary.ts";
import type { Answer } from "./_fake_tailnet.ts";
import { page } from "./_fault.ts";
import { Program, runProgram } from "./_program.ts";
import { together } from "./_together.ts";

/** What a proxy may answer in place of a device, and what it was told is in it. */
function echoes(): Readonly<Record<string, Answer>> {
  const password = PAGE_LOGIN.split(":")[1] ?? "";
  return {
    refusal: () => new Response(PAGE_LOGIN, { status: 407, statusText: password }),
    gateway: () => new Response(PAGE_LOGIN, { status: 502 }),
    broken: () => new Response(PAGE_LOGIN, { status: 500 }),
    redirect: () => Response.redirect(`http://${PAGE_LOGIN}@203.0.113.9:5252/${password}`, 301),
    type: () => new Response("x 1\n", { headers: { "content-type": `text/${password}` } }),
    line: () => page(`x{a="${password}} 1\n`),
    header: () => page(`x{a="${btoa(PAGE_LOGIN)}} 1\n`),
    reserved: () => page(`# TYPE up gauge\nup{a="${password}"} 1\n`),
  };
}

Deno.test("Program keeps the login of SCRAPE_PROXY when that one echoes it", async () => {
  const answers = echoes();
  await using tailnet = makeCanaryTailnet(["good", ...Object.keys(answers)]);
  for (const [name, answer] of Object.entries(answers)) tailnet.onPage.set(name, answer);
  const settings = canarySettings(tailnet);
  await together([["check"], ["check", "--json"], ["once"]], async (args) => {
    const { stdout, stderr } = await runProgram(args, settings);
    assertEquals(stdout.includes("good.fake.ts.net"), true, stderr);
    assertClean(stdout + stderr, args.join(" "));
  });
  await using program = await Program.start(settings);
  using client = Deno.createHttpClient({ caCerts: [fixtureText("tls/ca.pem")] });
  program.client = client;
  await program.untilStarted();
  await lookEverywhere(program, "echoes");
});

Deno.test("Program keeps the login of the environment's proxy when that one echoes it", async () => {
  await using tailnet = makeCanaryTailnet();
  // the way to an API without TLS: the proxy reads along and may answer in its place
  tailnet.onToken = (request) => {
    const login = request.headers.get("proxy-authorization") ?? "";
    assertEquals(login, `Basic ${btoa(ENV_LOGIN)}`);
    return new Response(`${login} ${ENV_LOGIN}`, { status: 407 });
  };
  await together([["check"], ["check", "--json"], ["once"]], async (args) => {
    const { code, stdout, stderr } = await runProgram(args, canarySettings(tailnet));
    assertEquals(code, 1);
    assertClean(stdout + stderr, args.join(" "));
  });
});
