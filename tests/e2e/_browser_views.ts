/**
 * Steps of the browser test for views that need data which the demo has not, or not at its start:
 * charts over time, access analytics, hosts with many peers. The answers are made here; the page
 * is the real one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type {
  AccessQuota,
  AccessRequest,
  AccessRequests,
  AccessUsage,
} from "../../src/ui/access_model.ts";
import type { HostEntry, Peer } from "../../src/ui/host_model.ts";
import type { OnlineHours, Traffic } from "../../src/ui/series_model.ts";
import { assertAccessible, type Reader } from "./_browser.ts";
import type { Program } from "./_program.ts";
import { until } from "../_support/until.ts";

/** A program and a browser. */
export interface Setup {
  /** The program. */
  readonly program: Program;
  /** The browser. */
  readonly reader: Reader;
}

const HOUR_MS = 3_600_000;

/** Times before now, as the API writes them. */
function before(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

/** Nodes online and traffic are drawn, with their last values beside the lines. */
export async function showCharts({ program, reader }: Setup): Promise<void> {
  const page = await reader.open("about:blank");
  const lastHour = Math.floor(Date.now() / HOUR_MS);
  const online: OnlineHours = {
    hours: Array.from({ length: 72 }, (_, at) => ({
      time: new Date((lastHour - 71 + at) * HOUR_MS).toISOString(),
      nodes: 40,
      online: 30 + at % 5,
    })),
  };
  await page.route("**/api/v1/online?*", (route) => route.fulfill({ json: online }));
  await page.goto(`${program.origin}/`);
  const chart = page.getByRole("img", { name: "Nodes online: online 31, all nodes 40" });
  await chart.locator("canvas").waitFor();
  await assertAccessible(page, "nodes online");

  const none = Array.from({ length: 60 }, () => null);
  const rates = { direct: none.map(() => 1_500_000), peer_relay: none, derp: none };
  const traffic: Traffic = {
    start: before(HOUR_MS),
    step_seconds: 60,
    received: rates,
    sent: { ...rates, direct: none },
  };
  const { devices: [row] } = await (await program.get("/api/v1/devices?limit=1")).json();
  const device = await (await program.get(`/api/v1/devices/${row.id}`)).json();
  const json = { ...device, traffic };
  await page.route("**/api/v1/devices/*", (route) => route.fulfill({ json }));
  await page.goto(`${program.origin}/#/nodes/${row.id}`);
  await page.getByRole("heading", { name: "Traffic by path" }).waitFor();
  await page.getByText("direct received 1.5 MB/s").waitFor();
  await assertAccessible(page, "traffic");
}

/** A chart shows its present numbers after a change of theme, not those it was made with. */
export async function redrawChart({ program, reader }: Setup): Promise<void> {
  const page = await reader.open("about:blank", { colorScheme: "light" });
  const seen = Promise.withResolvers<void>();
  let streams = 0;
  await page.route("**/api/v1/events/stream", async (route) => {
    // A stream that is opened again makes the page ask for everything again, once.
    if (++streams > 1) await seen.promise;
    const body = `retry: ${streams > 1 ? 3_600_000 : 100}\nevent: ready\ndata: {}\n\n`;
    await route.fulfill({ contentType: "text/event-stream", body });
  });
  const endMs = Date.now();
  await page.route("**/api/v1/online?*", (route) => {
    const hours = Array.from({ length: 72 }, (_, at) => ({
      time: new Date(endMs - (71 - at) * HOUR_MS).toISOString(),
      nodes: 40,
      online: streams > 1 ? 30 : 10,
    }));
    return route.fulfill({ json: { hours } });
  });
  await page.goto(`${program.origin}/`);
  const chart = (online: number) =>
    page.getByRole("img", { name: `Nodes online: online ${online}, all nodes 40` });
  await chart(10).locator("canvas").waitFor();
  seen.resolve();
  await chart(30).waitFor();
  const drawing = () =>
    page.evaluate<string>("document.querySelector('.chart canvas').toDataURL()");
  const light = await drawing();
  await page.emulateMedia({ colorScheme: "dark" });
  await until("the chart in dark colours", async () => await drawing() !== light);
  await page.emulateMedia({ colorScheme: "light" });
  await until("the chart as it was", async () => await drawing() === light);
}

/** What a click asked for in vain is a failure that is shown. */
export async function showFailure({ program, reader }: Setup): Promise<void> {
  const page = await reader.open("about:blank");
  await page.route(/\/api\/v1\/events\?.*cursor=/, (route) => route.fulfill({ body: "no JSON" }));
  await page.goto(`${program.origin}/#/events`);
  await page.getByRole("button", { name: "Older events" }).click();
  await page.locator(".failure", { hasText: "no JSON" }).waitFor();
}

/** Access analytics: numbers, heatmap, quota; as wide as a phone. */
export async function showAccess({ program, reader }: Setup): Promise<void> {
  const counts = [{ name: "/api/orders/:id", requests: 40 }, { name: "(other)", requests: 2 }];
  const request = {
    time: before(5_000),
    user: "amelie@example.com",
    device: "amelie-laptop.tail-demo.ts.net",
    user_class: "own",
    ip: "100.64.0.7",
    service: "shop",
    method: "GET",
    endpoint: "/api/orders/:id",
    status: 200,
    response_time: 0.012,
  };
  const usage: AccessUsage = {
    days: 7,
    total_requests: 1_234,
    total_bytes: 5_600_000,
    unique_users: 3,
    active_devices: 5,
    status_classes: { "2xx": 1_200, "5xx": 34 },
    user_classes: { own: 1_234 },
    services: [{ name: "shop", requests: 1_234 }],
    top_endpoints: counts,
    top_users: [{ name: "amelie@example.com", requests: 42 }],
    top_devices: [{ name: "amelie-laptop.tail-demo.ts.net", requests: 42 }],
    hours: [{ time: before(2 * HOUR_MS), requests: 17 }],
    recent: [request],
  };
  const quota: AccessQuota = {
    external_users: 4,
    limit: 3,
    exceeded: true,
    users: ["a@example.org", "b@example.org", "c@example.org", "d@example.org"],
  };
  const requests: AccessRequests = { access_logs: [request] };
  for (const colorScheme of ["light", "dark"] as const) {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const page = await reader.open("about:blank", { colorScheme, ...phone });
    await page.route("**/analytics/dashboard-usage?*", (route) => route.fulfill({ json: usage }));
    await page.route("**/analytics/quota-status", (route) => route.fulfill({ json: quota }));
    await page.route("**/analytics/access-logs?*", (route) => route.fulfill({ json: requests }));
    await page.goto(`${program.origin}/#/access`);
    await page.getByText("1,234", { exact: true }).first().waitFor();
    await page.getByText("more than the 3 of USER_QUOTA").waitFor();
    await page.locator(".requests li", { hasText: "amelie@example.com" }).waitFor();
    assertEquals(await page.locator(".heatmap tbody tr").count(), 7);
    assertEquals(await page.locator(".heatmap .level-4").count(), 1);
    assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 390);
    await assertAccessible(page, `access ${colorScheme}`);
  }
  await showLastRequests({ program, reader }, usage, request);
}

/** The widget's last requests are asked for every 5 s, and not while the page is hidden. */
async function showLastRequests(
  { program, reader }: Setup,
  usage: AccessUsage,
  request: AccessRequest,
): Promise<void> {
  const page = await reader.open("about:blank");
  let [user, asked] = ["bea@example.com", 0];
  await page.route("**/analytics/dashboard-usage?*", (route) => route.fulfill({ json: usage }));
  await page.route("**/analytics/access-logs?*", (route) => {
    asked++;
    const json: AccessRequests = { access_logs: [{ ...request, user }] };
    return route.fulfill({ json });
  });
  const shown = () => page.locator(".requests li", { hasText: user }).waitFor();
  await page.clock.install();
  await page.goto(`${program.origin}/`);
  await shown();
  await page.clock.pauseAt(Date.now() + 10_000);
  user = "carl@example.com";
  await page.clock.fastForward(6_000);
  await shown();
  const before = asked;
  const hide = (isHidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, "hidden", {
      configurable: true, get: () => ${isHidden},
    })`);
  await hide(true);
  for (let turn = 0; turn < 3; turn++) {
    await page.clock.fastForward(6_000);
    // Once this is answered, what the page has asked before it has arrived as well.
    await page.evaluate("fetch('healthz').then((response) => response.text())");
  }
  // One may have been asked for before the page was hidden.
  assert(asked - before <= 1, `${asked - before} requests while the page was hidden`);
  await hide(false);
  user = "dora@example.com";
  await page.clock.fastForward(6_000);
  await shown();
}

/** Peers are shown by region and path, page by page, and filters stand in the URL. */
export async function showHosts({ program, reader }: Setup): Promise<void> {
  const page = await reader.open("about:blank");
  const peers = Array.from({ length: 130 }, (_, at): Peer => ({
    id: `n${at}`,
    name: `peer-${String(at).padStart(3, "0")}.tail-demo.ts.net`,
    path: at % 3 === 0 ? "derp" : "direct_v4",
    relay_only: at === 0,
    since: new Date().toISOString(),
    region: at % 3 === 0 ? "fra" : "nyc",
    rtt_ms: at,
    relay_seconds: at % 3 === 0 ? 60 : 0,
    path_seconds: 120,
  }));
  let isBroken = true;
  await page.route("**/api/v1/hosts?*", async (route) => {
    const { searchParams } = new URL(route.request().url());
    const [path, start] = [searchParams.get("path"), Number(searchParams.get("cursor"))];
    if (start > 0 && isBroken) return await route.fulfill({ body: "no JSON" });
    const some = peers.filter((peer) => path === null || peer.path === path);
    const host: HostEntry = {
      host: "/var/run/tailscale/tailscaled.sock",
      name: "gateway",
      relay_only: false,
      answers: true,
      since: null,
      fresh: true,
      state: "Running",
      health: [],
      peer_count: 130,
      paths: { direct_v4: 86, derp: 44 },
      regions: [{ region: "nyc", paths: { direct_v4: 86 } }, {
        region: "fra",
        paths: { derp: 44 },
      }],
      total: some.length,
      next: start + 100 < some.length ? String(start + 100) : null,
      peers: some.slice(start, start + 100),
      actions: [],
    };
    await route.fulfill({ json: { hosts: [host] } });
  });
  await page.goto(`${program.origin}/#/hosts`);
  await page.getByText("130 of 130 peers").waitFor();
  await page.getByRole("heading", { name: "gateway" }).waitFor();
  await page.getByText("at /var/run/tailscale/tailscaled.sock").waitFor();
  await page.getByRole("row", { name: /^peer-000.*always relayed \(WebAssembly\).*always$/ })
    .waitFor();
  await page.getByRole("button", { name: "More peers" }).click();
  await page.locator(".failure", { hasText: "no JSON" }).waitFor();
  isBroken = false;
  await page.getByRole("button", { name: "More peers" }).click();
  await page.getByText("peer-129").waitFor();
  assertEquals(await page.locator(".failure").count(), 0);
  await assertAccessible(page, "hosts");
  // What the matrix counts is not searched.
  await page.locator("#search").fill("peer");
  await until("the search in the URL", () => page.url().endsWith("#/hosts?q=peer"));
  await page.getByRole("link", { name: "fra, DERP relay: 44 peers" }).click();
  await page.getByText("44 of 130 peers").waitFor();
  await until("the filters in the URL", () => page.url().endsWith("#/hosts?path=derp&region=fra"));
}
