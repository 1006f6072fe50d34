/**
 * What the bench of our own node needs inside the laboratory's namespaces: many device pages on
 * loopback, which a userspace tailscaled passes on by port, or an API that lists them. Started by
 * `tsnet.ts`; runs until it is killed.
 *
 *     deno run --allow-net tests/bench/_tailnet_side.ts pages FIRST COUNT BYTES
 *     deno run --allow-net tests/bench/_tailnet_side.ts api PORT COUNT ADDRESS
 *
 * @module
 */

const [role, first = "", count = "", last = ""] = Deno.args;

/** Some lines as tailscaled has them, up to a size. */
function makePage(bytes: number): string {
  const head = "# HELP tailscaled_inbound_bytes_total Inbound bytes.\n" +
    "# TYPE tailscaled_inbound_bytes_total counter\n";
  let page = head;
  for (let at = 0; page.length < bytes; at++) {
    page += `tailscaled_inbound_bytes_total{path="direct_ipv4",number="${at}"} ${1000 * at}\n`;
  }
  return page;
}

function servePages(): void {
  const page = makePage(Number(last));
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  for (let at = 0; at < Number(count); at++) {
    Deno.serve(
      { hostname: "127.0.0.1", port: Number(first) + at, onListen() {} },
      () => new Response(page, { headers }),
    );
  }
}

function serveApi(): void {
  const devices = Array.from({ length: Number(count) }, (_, at) => ({
    id: String(1000 + at),
    nodeId: `n${at}CNTRL`,
    name: `bench-${at}.lab.test`,
    hostname: `bench-${at}`,
    addresses: [last],
    user: "alice@example.com",
    authorized: true,
    connectedToControl: true,
    os: "linux",
  }));
  Deno.serve(
    { hostname: "127.0.0.1", port: Number(first), onListen() {} },
    () => Response.json({ devices }),
  );
}

if (role === "pages") servePages();
else serveApi();
