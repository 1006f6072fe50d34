/**
 * The tailscaled of the chart's pod: what Tailscale's image starts, containerboot, with the
 * rendered environment and on the rendered volumes, in place of a kubelet. There is no network, so
 * it ends when it should register.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CASES } from "./_chart_case.ts";
import { render, toolFolder, type Values } from "./_kubernetes.ts";
import { containerOf, environmentOf, secretsOf } from "./_workload.ts";

/** What the container says, standard error included, and the files that it leaves. */
async function runNode(values: Values): Promise<string> {
  const objects = await render(values);
  const container = containerOf(objects, "tailscale");
  const paths = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const output = await new Deno.Command("tests/e2e/_kubernetes/container.sh", {
    args: [await toolFolder("CONTAINERBOOT_DIR"), ...paths],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      // It then believes that it is in a cluster.
      KUBERNETES_SERVICE_HOST: "10.0.0.1",
      KUBERNETES_SERVICE_PORT: "443",
      ...environmentOf(container, secretsOf(objects)),
    },
  }).output();
  return new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
}

Deno.test("the tailscaled of the pod starts without rights and keeps its state", async () => {
  const said = await runNode(CASES["a tailscaled"] ?? {});
  assertStringIncludes(said, '"--tun=userspace-networking", "--socks5-server=127.0.0.1:1055"');
  assertEquals(said.includes("State store failed"), false, said);
  assert(/^\/mnt\/var\/lib\/tailscale\/.*tailscaled\.state$/m.test(said), said);
  assertStringIncludes(said, "Running 'tailscale up'");
  // The OAuth client makes an auth key; nothing is asked of Kubernetes.
  assertStringIncludes(said, 'Post "https://api.tailscale.com/api/v2/oauth/token"');
  assertEquals(said.includes("10.0.0.1"), false, said);
});

Deno.test("the tailscaled of the pod registers with headscale by its auth key", async () => {
  const said = await runNode(CASES["headscale and a tailscaled"] ?? {});
  assertStringIncludes(said, "Running 'tailscale up'");
  assertStringIncludes(said, "headscale.example.com");
  assertEquals(said.includes("oauth/token"), false, said);
});
