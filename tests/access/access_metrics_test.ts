import { assertEquals } from "@std/assert";
import { ACCESS_DEFINITIONS, ACCESS_METRICS } from "../../src/access/_access_metric.ts";
import { AccessMetrics, type AccessMetricsOptions } from "../../src/access/access_metrics.ts";
import { anonymous } from "../../src/access/visitor.ts";
import { Page } from "../../src/page/mod.ts";
import { makeRecord } from "./_record.ts";

const readToday = () => ({ users: 2, devices: 3 });

function makeMetrics(options: Partial<AccessMetricsOptions> = {}): AccessMetrics {
  return new AccessMetrics({ readToday, ...options });
}

/** Samples of the page that are not 0, without comments. */
function samplesOf(metrics: AccessMetrics): readonly string[] {
  const view = new Page([metrics]).view();
  let text = "";
  for (const piece of view.chunks("text")) text += new TextDecoder().decode(piece);
  view.release();
  return text.split("\n").filter((line) => /^[a-z]/.test(line) && !line.endsWith(" 0"));
}

Deno.test("AccessMetrics.counted() shows nothing personal unless it is asked for", () => {
  const metrics = makeMetrics();
  metrics.counted(makeRecord());
  metrics.counted(makeRecord({
    method: "POST",
    status: 500,
    bytes: undefined,
    seconds: undefined,
    visitor: anonymous("external"),
  }));
  metrics.line("counted", 2);
  metrics.line("json");
  metrics.whois("found");
  assertEquals(samplesOf(metrics).filter((line) => !line.includes("_bucket")), [
    'tailscale_access_requests_total{service="shop",method="GET",status_class="2xx",' +
    'user_class="own"} 1',
    'tailscale_access_requests_total{service="shop",method="POST",status_class="5xx",' +
    'user_class="external"} 1',
    'tailscale_access_response_bytes_total{service="shop",user_class="own"} 12',
    'tailscale_access_request_duration_seconds_sum{service="shop"} 0.005',
    'tailscale_access_request_duration_seconds_count{service="shop"} 1',
    "tailscale_access_users 2",
    "tailscale_access_devices 3",
    'tsmetrics_access_lines_total{outcome="counted"} 2',
    'tsmetrics_access_lines_total{outcome="json"} 1',
    'tsmetrics_access_whois_total{outcome="found"} 1',
  ]);
  assertEquals([metrics.linesOf("counted"), metrics.linesOf("stale")], [2, 0]);
});

Deno.test("AccessMetrics.counted() has private labels where they are asked for, bounded", () => {
  const labels = ["user", "device", "endpoint"] as const;
  const metrics = makeMetrics({ labels, maxValues: 1, maxServices: 1 });
  metrics.counted(makeRecord());
  const visitor = { userClass: "own", user: "b", device: "phone" } as const;
  metrics.counted(makeRecord({ service: "wiki", endpoint: "/b", visitor }));
  metrics.counted(makeRecord({ visitor: anonymous("unknown") }));
  const families = ACCESS_METRICS.map(({ name }) => name);
  assertEquals(families.length, new Set(families).size);
  const { deviceRequests, endpointRequests, userRequests } = ACCESS_DEFINITIONS;
  const named = [endpointRequests.name, userRequests.name, deviceRequests.name];
  assertEquals(samplesOf(metrics).filter((line) => named.some((name) => line.startsWith(name))), [
    'tailscale_access_user_requests_total{user="a@example.com"} 1',
    'tailscale_access_user_requests_total{user="(other)"} 1',
    'tailscale_access_device_requests_total{device="laptop"} 1',
    'tailscale_access_device_requests_total{device="(other)"} 1',
    'tailscale_access_endpoint_requests_total{service="shop",endpoint="/a"} 2',
    'tailscale_access_endpoint_requests_total{service="(other)",endpoint="(other)"} 1',
  ]);
});
