import { assertEquals, assertRejects } from "@std/assert";
import { createLocalTransport } from "../../src/embedded/local_transport.ts";
import type { LocalResponse } from "../../src/embedded/_protocol.ts";
import { createLocalApi } from "../../src/tailscale/local/mod.ts";

/** A node that answers from a table of methods and paths. */
function nodeOf(answers: Readonly<Record<string, readonly [status: number, body: string]>>) {
  const asked: string[] = [];
  const node = {
    localapi(method: string, path: string): Promise<LocalResponse> {
      asked.push(`${method} ${path}`);
      const answer = answers[`${method} ${path}`];
      if (answer === undefined) return Promise.reject(new Error("The embedded node is gone"));
      const [status, body] = answer;
      return Promise.resolve({ status, body: body === "" ? null : new TextEncoder().encode(body) });
    },
  };
  return { asked, api: createLocalApi({ transport: createLocalTransport(node) }) };
}

Deno.test("createLocalTransport() has the calls of a LocalAPI answered by the node", async () => {
  const status = {
    BackendState: "Running",
    Self: { ID: "n1", HostName: "tsmetrics", TailscaleIPs: ["100.64.0.9"], OS: "js" },
    Peer: {
      "nodekey:2": {
        ID: "n2",
        HostName: "web",
        DNSName: "web.lab.test.",
        TailscaleIPs: ["100.64.0.2"],
        Relay: "fra",
        Online: true,
      },
    },
  };
  const { api, asked } = nodeOf({
    "GET /localapi/v0/status": [200, JSON.stringify(status)],
    "GET /localapi/v0/usermetrics": [200, "tailscaled_health_messages 0\n"],
    "GET /localapi/v0/whois?addr=100.64.0.7": [404, "no match for IP:port\n"],
    "POST /localapi/v0/ping?ip=100.64.0.2&type=disco": [
      200,
      JSON.stringify({ IP: "100.64.0.2", LatencySeconds: 0.02, DERPRegionID: 1 }),
    ],
  });
  const { peers, self } = await api.status();
  assertEquals([self?.id, peers.map(({ id }) => id)], ["n1", ["n2"]]);
  const page = await api.usermetrics();
  assertEquals(new TextDecoder().decode(page), "tailscaled_health_messages 0\n");
  assertEquals(await api.whois("100.64.0.7"), undefined);
  assertEquals((await api.ping("100.64.0.2")).outcome, "answered");
  assertEquals(asked.length, 4);
});

Deno.test("createLocalTransport() says which calls the node does not answer, and asks none", async () => {
  const { api, asked } = nodeOf({});
  for (const endpoint of ["metrics", "debug", "start", "login-interactive"] as const) {
    assertEquals(api.supports(endpoint), false, endpoint);
  }
  await assertRejects(
    () => api.debug("rebind"),
    Error,
    'Cannot have tailscaled do "rebind": embedded node does not answer this call',
  );
  assertEquals(asked, []);
});

Deno.test("createLocalTransport() says where to look while there is no node", async () => {
  const { api } = nodeOf({});
  await assertRejects(
    () => api.status(),
    Error,
    "Cannot read the status of tailscaled: no answer at embedded node: The embedded node is " +
      "gone; its state is in the log and in /health",
  );
});

Deno.test("createLocalTransport() gives a call up with its signal", async () => {
  const transport = createLocalTransport({ localapi: () => new Promise(() => {}) });
  const stop = new AbortController();
  const sent = transport.send({ endpoint: "status" }, stop.signal);
  stop.abort(new Error("asked to stop"));
  await assertRejects(() => sent, Error, "asked to stop");
});
