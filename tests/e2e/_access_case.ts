/**
 * Who used what: requests of two nodes of the lab to an nginx and a Caddy on a third, through to
 * all that the program there says and writes of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Lab, LabNode } from "./_lab.ts";
import { Samples } from "./_samples.ts";
import { until } from "./_until.ts";
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
 */
export async function assertWhoUsedWhat(lab: Lab, node: LabNode, domain: string): Promise<void> {
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
}

/** Asks the database on a node for the request of node b. */
export async function assertWritten(lab: Lab, node: LabNode): Promise<void> {
  const match = new URLSearchParams({ "match[]": `tailscale_access_status{user="${ALICE}"}` });
  const series = `http://127.0.0.1:${DATABASE_PORT}/api/v1/series?${match}`;
  const written = await until("the point of a request in the database", async () => {
    const { data = [] } = JSON.parse(await curlOn(lab, node, series) || "{}") as {
      readonly data?: readonly Readonly<Record<string, string>>[];
    };
    return data[0];
  });
  assertEquals([written.device, written.endpoint], ["node-b", "/a"]);
}
