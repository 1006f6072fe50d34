import { assertEquals, assertMatch } from "@std/assert";
import { statusError } from "../../src/devices/_status_error.ts";
import { makeDevice, makeKnown } from "./_device.ts";

const TARGET = {
  ...makeKnown(makeDevice({ id: "1" })),
  address: "100.64.0.7",
  addresses: ["100.64.0.7"],
  port: 5252,
  url: "http://100.64.0.7:5252/metrics",
};

Deno.test("statusError() has a cure for each status", () => {
  const cures: readonly (readonly [status: number, cure: RegExp])[] = [
    [204, /another service answers on the port: check SCRAPE_PORTS$/],
    [400, /another service answers on the port: check SCRAPE_PORTS$/],
    [401, /wants a login.*: set CLIENT_METRICS_PORT or SCRAPE_PORTS/],
    [403, /refuses the exporter.*: check CLIENT_METRICS_PORT/],
    [404, /has no \/metrics: update Tailscale .* 1\.78/],
    [407, /wants a login/],
    [410, /has no \/metrics/],
    [429, /raise SCRAPE_INTERVAL$/],
    [500, /log of tailscaled/],
    [503, /log of tailscaled/],
    [599, /log of tailscaled/],
  ];
  for (const [status, cure] of cures) {
    const { failure, message, status: told } = statusError(TARGET, status);
    assertEquals([failure, told], ["status", status]);
    assertMatch(
      message,
      new RegExp(`^Cannot use ${TARGET.url}: status ${status}, wanted 200: .*${cure.source}`),
    );
  }
});

Deno.test("statusError() says how a container is made to have metrics on its port", () => {
  const { message } = statusError({ ...TARGET, port: 9002 }, 404);
  assertMatch(message, /has no \/metrics: set `TS_ENABLE_METRICS=true` for the container, or/);
});
