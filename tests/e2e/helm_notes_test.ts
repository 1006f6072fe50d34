/**
 * What the chart says after an installation. `helm template` does not show it, so a copy of the
 * chart has it rendered as an object.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { helm, parseObjects, type Values } from "./_kubernetes.ts";

const OBJECT = `apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
data:
  notes: {{ include (print .Template.BasePath "/NOTES.txt") . | toJson }}
`;

/** The notes of each set of values. */
async function notesOf(all: readonly Values[]): Promise<readonly string[]> {
  const chart = await Deno.makeTempDir();
  try {
    const copy = await new Deno.Command("cp", { args: ["-R", "deploy/helm/.", chart] }).output();
    assertEquals(copy.code, 0);
    await Deno.writeTextFile(`${chart}/templates/notes.yaml`, OBJECT);
    return await Promise.all(all.map(async (values) => {
      const args = ["template", "tsmetrics", chart, "--show-only", "templates/notes.yaml"];
      const { stdout, stderr } = await helm(3, args, values);
      assertEquals(stderr, "");
      return parseObjects(stdout)[0]?.data?.notes ?? "";
    }));
  } finally {
    await Deno.remove(chart, { recursive: true });
  }
}

Deno.test("the notes warn of what is missing or open, and of nothing else", async () => {
  const tailscale = { oauthToken: "tskey-api-a-b" };
  const [none = "", good = "", open = "", external = "", both = "", replicas = ""] = await notesOf([
    {},
    { tailscale },
    { tailscale, service: { type: "LoadBalancer" } },
    { externalSecret: { enabled: true, secretName: "mine" } },
    {
      tailscale: { oauthClientId: "k1", oauthClientSecret: "tskey-client-a-b" },
      externalSecret: { enabled: true, secretName: "mine" },
    },
    { tailscale, replicaCount: 2 },
  ]);
  assertStringIncludes(none, "WARNING: no credentials are configured");
  assertEquals(good.includes("WARNING"), false, good);
  assertStringIncludes(good, "kubectl -n default logs deployment/tsmetrics -c tsmetrics\n");
  assertMatch(good, /rollout status deployment\/tsmetrics\n +helm test tsmetrics /);
  assertStringIncludes(good, "by the annotations prometheus.io/* of the Service.");
  assertStringIncludes(open, "WARNING: the port can be reached from outside of the cluster");
  assertEquals(external.includes("WARNING"), false, external);
  assertStringIncludes(both, "WARNING: externalSecret is enabled, so the OAuth client");
  assertStringIncludes(external, "kubectl -n default rollout restart deployment/tsmetrics");
  assertStringIncludes(replicas, "More than one replica");
});

Deno.test("the notes ask as the server wants to be asked", async () => {
  const [notes = ""] = await notesOf([{
    metricsToken: { enabled: true, value: "0123456789abcdef" },
    tls: { enabled: true, secretName: "a" },
    settings: { TEST_DEVICES: "demo" },
    persistence: { enabled: true },
  }]);
  assertStringIncludes(
    notes,
    'curl -k -H "Authorization: Bearer $METRICS_TOKEN" https://127.0.0.1:9100/metrics',
  );
  assertStringIncludes(notes, "exec statefulset/tsmetrics -c tsmetrics -- /tsmetrics check\n\n2.");
});

Deno.test("the notes advise no second start of an embedded node", async () => {
  const tailscale = { oauthToken: "t", authKey: "a" };
  const [notes = "", beside = ""] = await notesOf([
    { tailscale: { ...tailscale, tsnet: { enabled: true } } },
    { tailscale: { ...tailscale, tsnet: { enabled: true, mode: "sidecar" } } },
  ]);
  assertStringIncludes(notes, "-c tsmetrics\n\n2. See the metrics");
  assertStringIncludes(beside, "-c tsmetrics -- /tsmetrics-host check\n\n2. See the metrics");
});
