/**
 * Who used what: requests of two nodes of the lab to an nginx and a Caddy on a third, through to
 * all that the program there says and writes of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { assertAccessible, Reader } from "./_browser.ts";
import type { Lab, LabNode } from "./_lab.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { DATABASE_PORT, serveCaddy, serveNginx } from "./_web_server.ts";

/** A request as `/analytics/access-logs` lists it. */
interface Logged {
  readonly path: string | null;
  readonly user: string | null;
  readonly device: string | null;
  readonly user_class: string;
  readonly service: string;
  readonly status: number;
}

const DATABASE_ORIGIN = `http://127.0.0.1:${DATABASE_PORT}`;

/** The user of node b. */
const ALICE = "alice@example.com";

/** What curl gets in the network of a node; an empty text if it gets none. */
function curlOn(lab: Lab, node: LabNode, url: string): Promise<string> {
  return lab.run(["exec", node, "curl", "-s", "--max-time", "10", url]).catch(() => "");
}

/**
 * Asks both web servers from nodes a and b, and the program on a third what it knows of that.
 *
 * @param node Where the program runs, with port 9100 and ACCESS_LISTEN at 5514.
 * @param domain What follows the names of nodes.
 * @param look What else to look at, while both web servers run.
 */
export async function assertWhoUsedWhat(
  lab: Lab,
  node: LabNode,
  domain: string,
  look?: (lab: Lab, node: LabNode) => Promise<void>,
): Promise<void> {
  const ask = (path: string) => curlOn(lab, node, `http://127.0.0.1:9100${path}`);
  // Before the first cycle no node is known.
  await until("the first cycle", async () => (await ask("/startupz")).includes('"started"'));
  const at = { node, logPort: 5514 };
  await using _nginx = await serveNginx(lab, { ...at, port: 8081 });
  await using _caddy = await serveCaddy(lab, { ...at, port: 8082 });
  const origin = `http://${lab.address(node)}`;
  await until("both web servers", async () => {
    const pages = [lab.curl(`${origin}:8081/a`, "b"), lab.curl(`${origin}:8082/b`, "a")];
    return await Promise.all(pages).catch(() => undefined);
  });
  await lab.curl(`${origin}:8081/missing`, "a").catch(() => {});
  const logs = await until("all requests", async () => {
    const { access_logs: logs = [] } = JSON.parse(await ask("/analytics/access-logs") || "{}") as {
      readonly access_logs?: readonly Logged[];
    };
    const paths = logs.map(({ path }) => path);
    return ["/a", "/b", "/missing"].every((path) => paths.includes(path)) && logs;
  });
  const said = (path: string) => {
    const found = logs.find((each) => each.path === path);
    const { user, device, user_class: userClass, service, status } = found ?? {};
    return { user, device, userClass, service, status };
  };
  assertEquals(said("/a"), {
    user: ALICE,
    device: `node-b${domain}`,
    userClass: "own",
    service: "shop",
    status: 200,
  });
  const tagged = { user: null, device: `node-a${domain}`, userClass: "tagged" };
  assertEquals(said("/missing"), { ...tagged, service: "shop", status: 404 });
  assertEquals(said("/b"), { ...tagged, service: `${lab.address(node)}:8082`, status: 200 });
  const samples = new Samples(await ask("/metrics"));
  for (const [statusClass, userClass] of [["2xx", "own"], ["4xx", "tagged"]] as const) {
    const labels = { service: "shop", status_class: statusClass, user_class: userClass };
    assert((samples.sum("tailscale_access_requests_total", labels) ?? 0) >= 1, statusClass);
  }
  assertEquals(samples.sum("tailscale_access_users"), 1);
  const usage = JSON.parse(await ask("/api/v1/access"));
  assertEquals([usage.unique_users, usage.active_devices], [1, 2]);
  await look?.(lab, node);
}

/**
 * Reads the widget and the view in a browser on node a, over the tailnet, after a request whose
 * path would be markup.
 */
export async function assertShown(lab: Lab, node: LabNode): Promise<void> {
  const origin = `http://${lab.address(node)}`;
  await lab.curl(`${origin}:8081/<b>bold`, "a");
  await using reader = await Reader.start();
  const page = await reader.open(`${origin}:9100/`, {
    proxy: { server: `socks5://${lab.proxy("a")}` },
  });
  await page.getByRole("heading", { name: "Last requests" }).waitFor();
  // The widget asks for them every 5 s.
  await page.locator(".requests li", { hasText: "/<b>bold" }).first().waitFor();
  await page.locator(".requests li", { hasText: ALICE }).first().waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  for (const name of [ALICE, "node-a", "shop", "/<b>bold"]) {
    await page.locator(".counts li", { hasText: name }).first().waitFor();
  }
  assertEquals(await page.locator("main b").count(), 0);
  // The hour with most requests, of one or two.
  await page.locator(".heatmap .level-4").first().waitFor();
  await assertAccessible(page, "access by real lines");
  assertEquals(reader.complaints, []);
}

/** What the database on a node has of a user's requests. */
async function seriesOf(
  lab: Lab,
  node: LabNode,
  user: string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const match = new URLSearchParams({ "match[]": `{user="${user}"}` });
  const answer = await curlOn(lab, node, `${DATABASE_ORIGIN}/api/v1/series?${match}`);
  return JSON.parse(answer || "{}").data ?? [];
}

/** Asks the database on a node for the request of node b. */
export async function assertWritten(lab: Lab, node: LabNode): Promise<void> {
  const written = await until("the point of a request in the database", async () => {
    return (await seriesOf(lab, node, ALICE))[0];
  });
  assertEquals([written.device, written.endpoint], ["node-b", "/a"]);
}

/**
 * Erases a user as docs/access.md says, once the program was started anew, and fails if anything
 * of the user's requests is left.
 */
export async function assertErased(lab: Lab, node: LabNode): Promise<void> {
  const ask = (path: string) => curlOn(lab, node, `http://127.0.0.1:9100${path}`);
  await until("the first cycle", async () => (await ask("/startupz")).includes('"started"'));
  for (
    const path of [
      "/analytics/access-logs?hours=2160",
      "/analytics/dashboard-usage?days=90",
      "/analytics/quota-status",
      "/api/v1/access",
    ]
  ) {
    const answer = await ask(path);
    assertEquals([answer.startsWith("{"), answer.includes(ALICE)], [true, false], path);
  }
  assert((await seriesOf(lab, node, ALICE)).length > 0);
  const others = await seriesOf(lab, node, "");
  await lab.run(["exec", node, "curl", "-sS", "--fail", "--max-time", "10"].concat(
    "--data-urlencode",
    `match[]={__name__=~"tailscale_access.*",user="${ALICE}"}`,
    `${DATABASE_ORIGIN}/api/v1/admin/tsdb/delete_series`,
  ));
  await until("the user's series to be gone", async () => {
    return (await seriesOf(lab, node, ALICE)).length === 0;
  });
  assertEquals((await seriesOf(lab, node, "")).length, others.length);
}
