/**
 * Values of the chart as people use them: what each test of the chart goes through.
 *
 * @module
 */

import { type HelmMajor, type KubernetesObject, render, type Values } from "./_kubernetes.ts";
import { together } from "./_together.ts";

const OAUTH = { oauthClientId: "k123abc", oauthClientSecret: "tskey-client-a-b" };
const TOKEN = "0123456789abcdef";
const USERS = `prometheus:$2y$10$${"a".repeat(53)}`;
const EVERYTHING_ABOUT_THE_POD = {
  imagePullSecrets: [{ name: "registry" }],
  extraEnv: [{ name: "HTTPS_PROXY", value: "http://proxy.example.com:3128" }],
  extraEnvFrom: [{ secretRef: { name: "more" } }],
  extraVolumes: [{ name: "more", emptyDir: {} }],
  extraVolumeMounts: [{ name: "more", mountPath: "/more" }],
  podAnnotations: { "reloader.stakater.com/auto": "true" },
  podLabels: { team: "network" },
  nodeSelector: { "kubernetes.io/arch": "arm64" },
  tolerations: [{ key: "edge", operator: "Exists" }],
  affinity: { podAntiAffinity: {} },
  priorityClassName: "system-cluster-critical",
  serviceAccount: { create: true, annotations: { "example.com/role": "reader" } },
  service: { type: "LoadBalancer", annotations: { a: "b" }, labels: { c: "d" } },
  topologySpreadConstraints: [{
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
  }],
};

/** The values that the first tsmetrics documents, to the letter. */
export const SEEDS: Values = {
  image: { tag: "v1.0.0" },
  tailscale: {
    ...OAUTH,
    tailnetName: "company.ts.net",
    tsnet: { enabled: true, hostname: "tsmetrics", tags: "exporter" },
  },
  resources: {
    requests: { cpu: "200m", memory: "256Mi" },
    limits: { cpu: "1000m", memory: "1Gi" },
  },
  persistence: { enabled: true, size: "2Gi" },
  externalSecret: { enabled: true, secretName: "my-tailscale-secrets" },
  serviceMonitor: { enabled: true, interval: "30s" },
};

/** Each by what it is about. */
export const CASES: Readonly<Record<string, Values>> = {
  "no values": {},
  "the seeds' values": SEEDS,
  "an OAuth client": { tailscale: { ...OAUTH, tailnetName: "company.ts.net" } },
  "an API key": { tailscale: { oauthToken: "tskey-api-a-b" } },
  "the demo": { settings: { TEST_DEVICES: "demo" }, networkPolicy: { enabled: true } },
  "headscale": {
    headscale: { url: "https://headscale.example.com:8443", apiKey: "hskey-api-a-b" },
    networkPolicy: { enabled: true },
  },
  "headscale and a tailscaled": {
    headscale: { url: "https://headscale.example.com", apiKey: "hskey-api-a-b" },
    tailscale: { authKey: "hskey-auth-a-b", tsnet: { enabled: true, mode: "sidecar", tags: "" } },
  },
  "a tailscaled": {
    tailscale: {
      ...OAUTH,
      tsnet: {
        enabled: true,
        mode: "sidecar",
        tags: "exporter, tag:second",
        caConfigMap: "tailscale-ca",
      },
    },
    networkPolicy: { enabled: true },
  },
  "a tailscaled with an auth key": {
    tailscale: { ...OAUTH, authKey: "tskey-auth-a-b", tsnet: { enabled: true, mode: "sidecar" } },
    persistence: { enabled: true },
  },
  "an embedded node with an auth key": {
    tailscale: { ...OAUTH, authKey: "tskey-auth-a-b", tsnet: { enabled: true } },
    networkPolicy: { enabled: true },
  },
  "a token and TLS": {
    tailscale: OAUTH,
    metricsToken: { enabled: true, value: TOKEN },
    tls: { enabled: true, secretName: "tsmetrics-tls" },
    serviceMonitor: { enabled: true, tlsConfig: { serverName: "tsmetrics" } },
  },
  "logins and client certificates": {
    tailscale: OAUTH,
    basicAuth: { enabled: true, users: USERS, secretName: "prometheus-login" },
    tls: { enabled: true, secretName: "tsmetrics-tls", clientCaKey: "ca.crt" },
    serviceMonitor: {
      enabled: true,
      tlsConfig: {
        cert: { secret: { name: "prometheus-tls", key: "tls.crt" } },
        keySecret: { name: "prometheus-tls", key: "tls.key" },
      },
    },
  },
  "a token in a secret of one's own": {
    externalSecret: { enabled: true, secretName: "mine" },
    metricsToken: { enabled: true },
    podMonitor: { enabled: true, scrapeTimeout: "10s", labels: { release: "prometheus" } },
  },
  "settings": {
    tailscale: OAUTH,
    settings: {
      PORT: 9200,
      SCRAPE_INTERVAL: "15s",
      LIMIT_SERIES: 2_000_000,
      RATE_LIMIT_RPS: 0.5,
      REQUIRE_EXPORTER_TAG: true,
      SCRAPE_PORTS: "tag:k8s=9002,proxy-*=9003",
      SCRAPE_ALLOW_CIDRS: "10.0.0.0/8, fd00::1, 192.0.2.7",
      BIND_HOST: "::",
    },
    secretSettings: { BRIDGE_TOKEN: TOKEN },
    networkPolicy: { enabled: true, from: [{ namespaceSelector: {} }] },
  },
  "history, alerts, access logs and a database": {
    tailscale: OAUTH,
    history: { keep: "7d" },
    alerts: {
      alertmanagerUrl: "http://alertmanager:9093",
      webhookUrl: "https://hooks.example.com/services/a",
      webhookFormat: "slack",
    },
    access: { enabled: true, from: [{ namespaceSelector: {} }] },
    push: { url: "https://influxdb:8086", token: "t", org: "company", bucket: "tailnet" },
    networkPolicy: { enabled: true },
  },
  "neither history nor alerts": { tailscale: OAUTH, history: { enabled: false } },
  "shards": {
    tailscale: OAUTH,
    shards: 3,
    podMonitor: { enabled: true },
    podDisruptionBudget: { enabled: true, maxUnavailable: "50%" },
  },
  "shards with volumes": {
    tailscale: { ...OAUTH, tsnet: { enabled: true } },
    shards: 2,
    persistence: { enabled: true, storageClass: "fast", annotations: { a: "b" } },
  },
  "replicas": {
    tailscale: { ...OAUTH, authKey: "tskey-auth-a-b", tsnet: { enabled: true, mode: "sidecar" } },
    replicaCount: 2,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
  },
  "an autoscaler": {
    tailscale: { ...OAUTH, tsnet: { enabled: true } },
    autoscaling: { enabled: true, minReplicas: 2, targetMemoryUtilizationPercentage: 70 },
    persistence: { enabled: true },
  },
  "a claim of one's own": {
    tailscale: OAUTH,
    persistence: { enabled: true, existingClaim: "mine" },
  },
  "parts by http_sd": { tailscale: OAUTH, scrapeConfig: { enabled: true, parts: 8 } },
  "an ingress": {
    tailscale: OAUTH,
    metricsToken: { enabled: true, value: TOKEN },
    ingress: {
      enabled: true,
      className: "nginx",
      hosts: [{ host: "tsmetrics.example.com" }],
      tls: [{ secretName: "tsmetrics-tls", hosts: ["tsmetrics.example.com"] }],
    },
    httpRoute: {
      enabled: true,
      parentRefs: [{ name: "gateway", namespace: "infra" }],
      hostnames: ["tsmetrics.example.com"],
    },
  },
  "rules and dashboards": {
    tailscale: OAUTH,
    prometheusRule: { enabled: true, labels: { release: "prometheus" } },
    dashboards: { enabled: true },
  },
  "everything about the pod": { tailscale: OAUTH, ...EVERYTHING_ABOUT_THE_POD },
};

/** What helm makes of each case, by its name. */
export async function renderAll(
  major: HelmMajor,
): Promise<Readonly<Record<string, readonly KubernetesObject[]>>> {
  const rendered: Record<string, readonly KubernetesObject[]> = {};
  await together(Object.keys(CASES), async (name) => {
    rendered[name] = await render(CASES[name], major);
  });
  return rendered;
}
