/**
 * Values that the chart refuses, each with a sentence.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { refusal, type Values } from "./_kubernetes.ts";
import { together } from "./_together.ts";

const OAUTH = { oauthClientId: "k", oauthClientSecret: "s" };

const CONTRADICTIONS: readonly (readonly [Values, string])[] = [
  [
    { externalSecret: { enabled: true } },
    "Cannot use externalSecret: got no secretName, want the name of a Secret in the namespace default.",
  ],
  [
    {
      externalSecret: { enabled: true, secretName: "mine" },
      tailscale: { oauthToken: "t", authKey: "a" },
      metricsToken: { enabled: true, value: "0123456789abcdef" },
      secretSettings: { BRIDGE_TOKEN: "0123456789abcdef" },
    },
    "Cannot use externalSecret: got tailscale.oauthToken, tailscale.authKey, metricsToken.value, secretSettings.BRIDGE_TOKEN besides, want secrets in one place: put them into that Secret, or unset externalSecret.enabled.",
  ],
  [
    {
      externalSecret: { enabled: true, secretName: "mine" },
      alerts: { webhookUrl: "https://hooks.example.com/a" },
      push: { url: "http://influxdb:8086", token: "t" },
    },
    "Cannot use externalSecret: got alerts.webhookUrl, push.token besides, want secrets in one place: put them into that Secret, or unset externalSecret.enabled.",
  ],
  [
    { history: { enabled: false }, alerts: { alertmanagerUrl: "http://alertmanager:9093" } },
    "Cannot use alerts.alertmanagerUrl: got history.enabled false, want true.",
  ],
  [
    { push: { bucket: "b" } },
    "Cannot use push: got no url, want that of InfluxDB or VictoriaMetrics.",
  ],
  [
    { push: { url: "http://influxdb:8086", bucket: "b", database: "d" } },
    "Cannot use push: got bucket and database, want one of them.",
  ],
  [
    { push: { url: "http://influxdb:8086", org: "o", database: "d" } },
    "Cannot use push: got org and database, want one of them.",
  ],
  [
    { push: { url: "http://influxdb:8086", database: "d", username: "u" } },
    "Cannot use push: got username alone, want password with it.",
  ],
  [
    { push: { url: "http://influxdb:8086", database: "d", password: "p" } },
    "Cannot use push: got password alone, want username with it.",
  ],
  [
    { push: { url: "http://influxdb:8086", username: "u", password: "p" } },
    "Cannot use push.username: got no database, want push.database, or push.token instead of a login.",
  ],
  [
    { access: { enabled: true }, replicaCount: 2 },
    "Cannot use access: got more than one pod by replicaCount, shards or autoscaling, want one, because each pod counts only the lines that it gets.",
  ],
  [
    { access: { enabled: true }, shards: 2 },
    "Cannot use access: got more than one pod by replicaCount, shards or autoscaling, want one, because each pod counts only the lines that it gets.",
  ],
  [
    { access: { enabled: true }, autoscaling: { enabled: true } },
    "Cannot use access: got more than one pod by replicaCount, shards or autoscaling, want one, because each pod counts only the lines that it gets.",
  ],
  [
    { settings: { ACCESS_INGEST: true }, replicaCount: 2 },
    "Cannot use settings.ACCESS_INGEST: got more than one pod by replicaCount, shards or autoscaling, want one, because each pod counts only the lines that it gets.",
  ],
  [
    { access: { enabled: true, port: 9100 } },
    "Cannot use access.port: got 9100, which is the port of /metrics, want another.",
  ],
  [
    { tailscale: { ...OAUTH, oauthToken: "t" } },
    "Cannot choose a credential: got tailscale.oauthToken and an OAuth client, want one of them.",
  ],
  [
    { tailscale: { oauthClientId: "k" } },
    "Cannot use the OAuth client: got tailscale.oauthClientId alone, want tailscale.oauthClientSecret with it.",
  ],
  [
    { tailscale: { oauthClientSecret: "s" } },
    "Cannot use the OAuth client: got tailscale.oauthClientSecret alone, want tailscale.oauthClientId with it.",
  ],
  [
    { headscale: { url: "https://h.example.com" } },
    "Cannot use headscale: got headscale.url alone, want headscale.apiKey or externalSecret with it.",
  ],
  [
    { headscale: { apiKey: "k" } },
    "Cannot use headscale: got headscale.apiKey alone, want headscale.url with it.",
  ],
  [
    { headscale: { url: "https://h.example.com", apiKey: "k" }, tailscale: OAUTH },
    "Cannot choose a control plane: got headscale.url and settings of Tailscale's API, want one of them.",
  ],
  [
    {
      tailscale: { ...OAUTH, tsnet: { enabled: true } },
      settings: { SCRAPE_PROXY: "socks5h://proxy:1080" },
    },
    "Cannot use settings.SCRAPE_PROXY: got tailscale.tsnet.enabled, which is a way to devices itself, want one of them.",
  ],
  [
    {
      headscale: { url: "https://h.example.com", apiKey: "k" },
      tailscale: { tsnet: { enabled: true } },
    },
    "Cannot join the tailnet of headscale: got no auth key, want tailscale.authKey made by `headscale preauthkeys create`, or tailscale.tsnet.authKeySecretKey.",
  ],
  [
    { tailscale: { oauthToken: "t", tsnet: { enabled: true } } },
    "Cannot join the tailnet: got no OAUTH_CLIENT_SECRET, want tailscale.authKey, or an OAuth client with the scope auth_keys.",
  ],
  [
    { shards: 2, replicaCount: 2 },
    "Cannot use shards: got 2 with autoscaling or replicaCount, want shards alone, which is the number of pods.",
  ],
  [
    { shards: 2, scrapeConfig: { enabled: true } },
    "Cannot use scrapeConfig: got 2 shards, each with a part of the devices already, want serviceMonitor or podMonitor.",
  ],
  [
    { persistence: { existingClaim: "mine" } },
    "Cannot use persistence.existingClaim: got persistence.enabled false, want true.",
  ],
  [
    { persistence: { enabled: true, existingClaim: "mine" }, replicaCount: 2 },
    "Cannot use persistence.existingClaim: got more than one pod, want none, so that each pod has a volume of its own.",
  ],
  [
    { autoscaling: { enabled: true, minReplicas: 4 } },
    "Cannot use autoscaling: got minReplicas 4 and maxReplicas 3, want at most maxReplicas.",
  ],
  [
    { autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } },
    "Cannot use autoscaling: got no target, want targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage.",
  ],
  [
    { podDisruptionBudget: { enabled: true, minAvailable: 1, maxUnavailable: 1 } },
    "Cannot use podDisruptionBudget: got minAvailable and maxUnavailable, want one of them.",
  ],
  [
    { settings: { TSNET_ALLOW: "tag:prometheus" } },
    "Cannot use settings.TSNET_ALLOW: got tailscale.tsnet.enabled false, where tsmetrics is no node itself and cannot tell nodes apart, want true.",
  ],
  [
    { extraEnv: [{ name: "PORT", value: "1" }] },
    "Cannot use extraEnv: got PORT, which the chart sets already, want its own value.",
  ],
  [
    { settings: { BIND_HOST: "127.0.0.1" } },
    "Cannot use settings.BIND_HOST: got 127.0.0.1, want an address that probes and Prometheus reach, such as 0.0.0.0 or ::.",
  ],
  [
    { settings: { ENV: "development" } },
    "Cannot use settings.ENV: got development, which listens on 127.0.0.1, want production.",
  ],
  [
    { settings: { PORT: 0 } },
    "Cannot use settings.PORT: got 0, want the number of a port, which the Service knows.",
  ],
  [
    { metricsToken: { value: "0123456789abcdef" } },
    "Cannot use metricsToken.value: got metricsToken.enabled false, want true.",
  ],
  [
    { metricsToken: { enabled: true } },
    "Cannot use metricsToken: got no value, want 16 characters or more, or externalSecret with the key METRICS_TOKEN.",
  ],
  [
    { basicAuth: { users: "a:b" } },
    "Cannot use basicAuth.users: got basicAuth.enabled false, want true.",
  ],
  [
    { basicAuth: { enabled: true } },
    "Cannot use basicAuth: got no users, want NAME:HASH of each, or externalSecret with the key BASIC_AUTH_USERS.",
  ],
  [
    { basicAuth: { enabled: true, users: "a:b" }, podMonitor: { enabled: true } },
    "Cannot use podMonitor: got basicAuth without a token, want basicAuth.secretName, a Secret with the keys username and password.",
  ],
  [
    { tls: { clientCaKey: "ca.crt" } },
    "Cannot use tls.clientCaKey: got tls.enabled false, want true.",
  ],
  [
    {
      tls: { enabled: true, secretName: "a", clientCaKey: "ca.crt" },
      scrapeConfig: { enabled: true },
    },
    "Cannot use scrapeConfig: got tls.clientCaKey, want scrapeConfig.tlsConfig with cert and keySecret, which Prometheus shows.",
  ],
  [
    { tls: { enabled: true } },
    "Cannot use tls: got no secretName, want the name of a Secret with the keys tls.crt and tls.key.",
  ],
  [{ ingress: { enabled: true } }, "Cannot use ingress: got no hosts, want one at least."],
  [
    { httpRoute: { enabled: true } },
    "Cannot use httpRoute: got no parentRefs, want the gateway that it belongs to.",
  ],
  [
    { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } },
    "Cannot use serviceMonitor and podMonitor: got the same target twice, want one of them.",
  ],
];

Deno.test("values that contradict each other end with a sentence", async () => {
  await together(CONTRADICTIONS, async ([values, sentence]) => {
    const said = (await refusal(values)).split("\n");
    assertEquals(said.filter((line) => line.startsWith("Cannot ")), [sentence]);
  });
});

Deno.test("all contradictions are told at once", async () => {
  const said = await refusal({ tls: { enabled: true }, ingress: { enabled: true } });
  assertEquals(said.match(/^Cannot use /gm)?.length, 2, said);
});

Deno.test("shards ask for a Kubernetes that tells a pod its number", async () => {
  const said = await refusal({ shards: 2 }, "1.27.4");
  assertStringIncludes(said, "Cannot use shards: got Kubernetes v1.27.4, want 1.28 or newer");
});

const UNKNOWN: readonly (readonly [Values, string])[] = [
  [{ tailscal: {} }, "additional properties 'tailscal' not allowed"],
  [
    { tailscale: { clientId: "k" } },
    "at '/tailscale': additional properties 'clientId' not allowed",
  ],
  [
    { settings: { SCRAPE_INTERVALL: "15s" } },
    "at '/settings': additional properties 'SCRAPE_INTERVALL' not allowed",
  ],
  [{ settings: { METRICS_TOKEN: "t" } }, "additional properties 'METRICS_TOKEN' not allowed"],
  [{ serviceMonitor: { intervall: "1m" } }, "additional properties 'intervall' not allowed"],
  [
    { serviceMonitor: { interval: "often" } },
    "at '/serviceMonitor/interval': 'often' does not match",
  ],
  [
    { prometheusRule: { disabledAlerts: ["NoSuchAlert"] } },
    "at '/prometheusRule/disabledAlerts/0': value must be one of",
  ],
  [{ replicaCount: "two" }, "at '/replicaCount': got string, want integer"],
  [
    { metricsToken: { enabled: true, value: "short" } },
    "at '/metricsToken/value': 'short' does not",
  ],
];

Deno.test("unknown values and wrong types are refused", async () => {
  await together(UNKNOWN, async ([values, sentence]) => {
    assertStringIncludes(await refusal(values), sentence);
  });
});
