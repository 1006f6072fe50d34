/**
 * How the pods of the chart are found, and whom they may talk to.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { CASES } from "./_chart_case.ts";
import { type KubernetesObject, only, render, type Values } from "./_kubernetes.ts";
import { containerOf, podOf } from "./_workload.ts";

Deno.test("the annotations prometheus.io/* are where each pod is one target", async () => {
  const annotated = (objects: readonly KubernetesObject[]) => ({
    service: objects.filter(({ kind, metadata }) =>
      kind === "Service" && metadata.annotations?.["prometheus.io/scrape"] === "true"
    ).map(({ metadata }) => metadata.annotations?.["prometheus.io/port"]),
    pod: podOf(objects).metadata.annotations["prometheus.io/port"],
  });
  assertEquals(annotated(await render({})), { service: ["9100"], pod: undefined });
  const ports: Values = { service: { port: 80 }, settings: { PORT: 9200 } };
  assertEquals(annotated(await render(ports)), { service: ["9200"], pod: undefined });
  assertEquals(annotated(await render(CASES.shards)), { service: [], pod: undefined });
  const replicas: Values = { replicaCount: 2, settings: { PORT: 9200 } };
  assertEquals(annotated(await render(replicas)), { service: [], pod: "9200" });
  const monitored: Values = { serviceMonitor: { enabled: true } };
  assertEquals(annotated(await render(monitored)), { service: [], pod: undefined });
});

/** A rule of a scrape job. */
interface Relabelling {
  readonly source_labels: readonly [string];
  readonly regex?: string;
  readonly target_label?: string;
}

/** A job that documents show, and what it makes of the labels of a target; undefined = dropped. */
async function relabel(
  job: string,
  labels: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const text = await Deno.readTextFile("docs/deployment.md");
  const { scrape_configs: jobs } = parse(
    /```yaml\n(scrape_configs:[^]*?)```/.exec(text)?.[1] ?? "",
  );
  const found = jobs.find((each: { readonly job_name: string }) => each.job_name === job);
  const target: Record<string, string> = {};
  for (const rule of found.relabel_configs as readonly Relabelling[]) {
    const value = labels[rule.source_labels[0]];
    assert(value !== undefined, `nothing has the label ${rule.source_labels[0]}`);
    if (rule.target_label !== undefined) target[rule.target_label] = value;
    else if (!new RegExp(`^(?:${rule.regex})$`).test(value)) return undefined;
  }
  return target;
}

/** Labels as Prometheus makes them of an object's annotations or labels. */
function metaLabels(
  prefix: string,
  texts: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [prefix + name.replaceAll(/\W/g, "_"), text]),
  );
}

Deno.test("the jobs that docs/deployment.md shows find the Service, and several pods", async () => {
  const tls = { enabled: true, secretName: "a" };
  const services = (await render({ access: { enabled: true }, tls }))
    .filter(({ kind }) => kind === "Service");
  const targets = await Promise.all(
    services.flatMap(({ metadata, spec }) =>
      (spec?.ports as readonly { readonly name: string }[]).map(({ name }) =>
        relabel("tsmetrics", {
          // Prometheus takes an annotation that is not there for an empty one.
          __meta_kubernetes_service_annotation_prometheus_io_scrape: "",
          ...metaLabels("__meta_kubernetes_service_annotation_", metadata.annotations),
          ...metaLabels("__meta_kubernetes_service_label_", metadata.labels),
          __meta_kubernetes_service_port_name: name,
        })
      )
    ),
  );
  const target = { __metrics_path__: "/metrics", __scheme__: "https" };
  assertEquals(targets, [target, undefined, undefined]);
  const objects = await render({ replicaCount: 2, tls });
  const { metadata } = podOf(objects);
  const pod = {
    ...metaLabels("__meta_kubernetes_pod_annotation_", metadata.annotations),
    ...metaLabels("__meta_kubernetes_pod_label_", metadata.labels),
  };
  const port = containerOf(objects).ports?.[0]?.name ?? "";
  const named = { ...pod, __meta_kubernetes_pod_container_port_name: port };
  assertEquals(await relabel("tsmetrics-pods", named), target);
  const other = { ...pod, __meta_kubernetes_pod_container_port_name: "other" };
  assertEquals(await relabel("tsmetrics-pods", other), undefined);
});

Deno.test("a monitor selects one Service, and its job's name is one that the alerts look for", async () => {
  const values: Values = {
    ...CASES["shards with volumes"],
    nameOverride: "mine",
    serviceMonitor: { enabled: true },
  };
  const objects = await render(values);
  const spec = only(objects, "ServiceMonitor").spec ?? {};
  const { matchLabels } = spec.selector as { readonly matchLabels: Record<string, string> };
  const selected = objects.filter(({ kind, metadata }) =>
    kind === "Service" &&
    Object.entries(matchLabels).every(([name, value]) => metadata.labels?.[name] === value)
  );
  assertEquals(selected.map(({ metadata }) => metadata.name), ["tsmetrics-mine"]);
  assertEquals(selected[0]?.metadata.labels?.[String(spec.jobLabel)], "tsmetrics");
});

Deno.test("the port of access logs, which has no token, stays inside the cluster", async () => {
  const values: Values = {
    access: { enabled: true },
    service: { type: "LoadBalancer" },
    networkPolicy: { enabled: true },
  };
  const objects = await render(values);
  const services = objects.filter(({ kind }) => kind === "Service").map(({ metadata, spec }) => [
    metadata.name,
    spec?.type,
    (spec?.ports as readonly { readonly name: string; readonly port: number }[])
      .map(({ name, port }) => `${name} ${port}`),
  ]);
  assertEquals(services, [
    ["tsmetrics", "LoadBalancer", ["metrics 9100"]],
    ["tsmetrics-access", "ClusterIP", ["access-udp 5514", "access-tcp 5514"]],
  ]);
  const sources = async (from: readonly unknown[]) => {
    const policy = only(
      await render({ ...values, access: { enabled: true, from } }),
      "NetworkPolicy",
    );
    const rules = policy.spec?.ingress as readonly { readonly from?: unknown }[];
    return rules.map((rule) => rule.from);
  };
  assertEquals(await sources([]), [undefined, [{ namespaceSelector: {} }]]);
  const front = [{ podSelector: { matchLabels: { app: "front" } } }];
  assertEquals(await sources(front), [undefined, front]);
});

Deno.test("the network policy allows what is needed and nothing else", async () => {
  const egress = async (values: Values) => {
    const policy = only(
      await render({ ...values, networkPolicy: { enabled: true } }),
      "NetworkPolicy",
    );
    const rules = policy.spec?.egress as readonly {
      readonly ports: readonly { readonly port?: number; readonly protocol: string }[];
      readonly to?: readonly { readonly ipBlock: { readonly cidr: string } }[];
    }[];
    return (rules ?? []).map(({ ports, to }) => [
      ports.map(({ port, protocol }) => `${port ?? "any"}/${protocol}`).join(" "),
      ...to?.map(({ ipBlock }) => ipBlock.cidr) ?? [],
    ]);
  };
  const dns = ["53/UDP 53/TCP"];
  const tailnet = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"];
  const tailscale = { oauthToken: "tskey-api-a-b" };
  assertEquals(await egress({ tailscale }), [dns, ["443/TCP"], ["5252/TCP", ...tailnet]]);
  assertEquals(await egress({ settings: { TEST_DEVICES: "demo" } }), []);
  assertEquals(await egress(CASES["a tailscaled"] ?? {}), [dns, ["443/TCP 80/TCP any/UDP"]]);
  const embedded = CASES["an embedded node with an auth key"] ?? {};
  assertEquals(await egress(embedded), [dns, ["443/TCP"]]);
  const { tailscale: node } = embedded;
  const control = { tailscale: node, settings: { TSNET_CONTROL_URL: "https://control:8443" } };
  assertEquals(await egress(control), [dns, ["8443/TCP 443/TCP"]]);
  assertEquals(await egress(CASES.headscale ?? {}), [dns, ["8443/TCP"], ["5252/TCP", ...tailnet]]);
  const sinks = CASES["history, alerts, access logs and a database"] ?? {};
  assertEquals(await egress(sinks), [
    dns,
    ["9093/TCP 443/TCP 8086/TCP"],
    ["5252/TCP", ...tailnet],
  ]);
  assertEquals(await egress(CASES.settings ?? {}), [
    dns,
    ["443/TCP"],
    ["5252/TCP 9002/TCP 9003/TCP", ...tailnet, "10.0.0.0/8", "fd00::1/128", "192.0.2.7/32"],
  ]);
  const proxy = { tailscale, settings: { SCRAPE_PROXY: "socks5h://proxy:1080" } };
  assertEquals(await egress(proxy), [dns, ["1080/TCP 443/TCP"]]);
});
