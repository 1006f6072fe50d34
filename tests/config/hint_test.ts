import { assertEquals } from "@std/assert";
import { findHints } from "../../src/config/hint.ts";

Deno.test("findHints() hints at slips and at names of other programs, and shows no value", () => {
  const env = { TAILNET: "canary", SCRAPE_INTERVALL: "canary", PATH: "/bin" };
  assertEquals(findHints(env), [
    {
      text: "TAILNET is no setting of tsmetrics and has no effect: did you mean TAILNET_NAME?",
      variables: ["TAILNET_NAME"],
    },
    {
      text: "SCRAPE_INTERVALL is no setting of tsmetrics and has no effect: did you mean " +
        "SCRAPE_INTERVAL?",
      variables: ["SCRAPE_INTERVAL"],
    },
  ]);
});

Deno.test("findHints() leaves a name alone where one of those it stands for is set", () => {
  assertEquals(findHints({ TAILNET: "a", TAILNET_NAME: "b" }), []);
  assertEquals(findHints({ BIND_ADDRESS: "a", PORT: "1" }), []);
  assertEquals(findHints({ TAILSCALE_API_KEY: "a", OAUTH_TOKEN: "b" }), []);
  for (const name of ["TOKEN", "DATABASE", "USERNAME"]) {
    const theirs = { [`INFLUXDB_${name}`]: "a" };
    assertEquals(findHints({ ...theirs, [`INFLUX_${name}`]: "b" }), []);
    assertEquals(findHints(theirs).map(({ variables }) => variables), [[`INFLUX_${name}`]]);
  }
});

Deno.test("findHints() hints at a slip although the right name is set, too", () => {
  const env = { SCRAPE_INTERVALL: "canary", SCRAPE_INTERVAL: "30s" };
  assertEquals(findHints(env), [{
    text: "SCRAPE_INTERVALL is no setting of tsmetrics and has no effect: did you mean " +
      "SCRAPE_INTERVAL?",
    variables: ["SCRAPE_INTERVAL"],
  }]);
  assertEquals(findHints({ log_level: "a", LOGLEVEL: "b", LOG_LEVEL: "info" }), []);
  assertEquals(findHints({ TAILSCALE_TAILNET_NAME: "a", TAILNET_NAME: "b" }), []);
});
