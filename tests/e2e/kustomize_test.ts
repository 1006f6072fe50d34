/**
 * The manifests of `deploy/kustomize`, as Kustomize renders them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadConfig } from "../../src/config/mod.ts";
import { faultsOf, kustomize, only, parseObjects, render } from "./_kubernetes.ts";
import {
  type Container,
  containerOf,
  environmentOf,
  podOf,
  secretsOf,
  workloadOf,
} from "./_workload.ts";

const BASE = "deploy/kustomize/base";
const DEVELOPMENT = "deploy/kustomize/overlays/development";
const PRODUCTION = "deploy/kustomize/overlays/production";
const SECRETS = {
  "tsmetrics-secrets": {
    OAUTH_CLIENT_ID: "k123abc",
    OAUTH_CLIENT_SECRET: "tskey-client-a-b",
    TAILNET_NAME: "company.ts.net",
  },
};

Deno.test("deploy/kubernetes.yaml is what the base renders", async () => {
  const [head, ...rest] = (await Deno.readTextFile("deploy/kubernetes.yaml")).split("\n");
  assertMatch(head ?? "", /^# .*deno task kubernetes/);
  assertEquals(rest.join("\n"), await kustomize(BASE), "run `deno task kubernetes`");
});

Deno.test("Kubernetes 1.27 to 1.37 take what base and overlays render", async () => {
  const manifests = await Promise.all([BASE, DEVELOPMENT, PRODUCTION].map(kustomize));
  assertEquals(await faultsOf(manifests.flatMap(parseObjects)), []);
});

Deno.test("base and overlays have the features that are documented", async () => {
  const features = async (folder: string) => {
    const objects = parseObjects(await kustomize(folder));
    const kinds = objects.map(({ kind }) => kind);
    return [
      kinds.includes("ServiceMonitor"),
      containerOf(objects).envFrom?.[0]?.secretRef?.name,
      kinds.includes("HorizontalPodAutoscaler"),
      workloadOf(objects).spec?.volumeClaimTemplates !== undefined,
      containerOf(objects).resources?.limits?.memory,
    ];
  };
  assertEquals(await features(BASE), [false, "tsmetrics-secrets", false, false, "512Mi"]);
  assertEquals(await features(DEVELOPMENT), [false, "tsmetrics-secrets", false, false, "384Mi"]);
  assertEquals(await features(PRODUCTION), [true, "tsmetrics-secrets", true, true, "1Gi"]);
});

Deno.test("port, probes and environment are those of the program", async () => {
  for (const folder of [BASE, DEVELOPMENT, PRODUCTION]) {
    const objects = parseObjects(await kustomize(folder));
    const container = containerOf(objects);
    const env = environmentOf(container, SECRETS);
    const { config, warnings } = loadConfig({ env, args: ["serve"] });
    assertEquals(container.ports?.map(({ containerPort }) => containerPort), [config.port], folder);
    assertEquals([config.bindHost, config.tailnetName], ["0.0.0.0", "company.ts.net"]);
    assertEquals(warnings.filter((warning) => !warning.includes("METRICS_TOKEN")), []);
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    assertEquals(probes.map((probe) => `${probe?.httpGet.port} ${probe?.httpGet.path}`), [
      "metrics /startupz",
      "metrics /livez",
      "metrics /readyz",
    ], folder);
    assertEquals(env.XDG_DATA_HOME, container.volumeMounts?.[0]?.mountPath);
  }
});

Deno.test("the autoscaler and the ServiceMonitor of production find what they are for", async () => {
  const objects = parseObjects(await kustomize(PRODUCTION));
  const target = only(objects, "HorizontalPodAutoscaler").spec?.scaleTargetRef;
  const { kind, metadata, spec } = workloadOf(objects);
  assertEquals(target, { apiVersion: "apps/v1", kind, name: metadata.name });
  const services = objects.filter((object) => object.kind === "Service");
  const headless = services.find((service) => service.spec?.clusterIP === "None");
  assertEquals(headless?.metadata.name, spec?.serviceName);
  const selector = only(objects, "ServiceMonitor").spec?.selector as {
    readonly matchLabels: Readonly<Record<string, string>>;
  };
  const selected = services.filter(({ metadata: { labels = {} } }) =>
    Object.entries(selector.matchLabels).every(([name, value]) => labels[name] === value)
  );
  assertEquals(selected.map(({ metadata }) => metadata.name), ["tsmetrics"]);
  assertEquals(selected[0]?.metadata.annotations, undefined);
});

Deno.test("the ServiceMonitor sends the token with the patch that docs/deployment.md shows", async () => {
  const page = await Deno.readTextFile("docs/deployment.md");
  const pattern = /```yml\n(# kustomization\.yaml\nresources: \[\.\.\/production\]\n[^]*?)```/;
  const shown = pattern.exec(page)?.[1];
  const folder = await Deno.makeTempDir({ dir: "deploy/kustomize/overlays" });
  try {
    await Deno.writeTextFile(`${folder}/kustomization.yaml`, shown ?? "");
    const objects = parseObjects(await kustomize(folder));
    assertEquals(await faultsOf(objects), []);
    const { endpoints } = only(objects, "ServiceMonitor").spec as {
      readonly endpoints: readonly { readonly authorization?: unknown }[];
    };
    const name = containerOf(objects).envFrom?.[0]?.secretRef?.name;
    assertEquals(endpoints.map(({ authorization }) => authorization), [
      { credentials: { name, key: "METRICS_TOKEN" } },
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a secret that an overlay generates rolls the pod when it changes", async () => {
  const folder = await Deno.makeTempDir({ dir: "deploy/kustomize/overlays" });
  try {
    const referenceOf = async (token: string) => {
      await Deno.writeTextFile(
        `${folder}/kustomization.yaml`,
        `resources: [../../base]
secretGenerator:
  - name: tsmetrics-secrets
    literals: ["OAUTH_TOKEN=${token}"]
`,
      );
      const objects = parseObjects(await kustomize(folder));
      const name = containerOf(objects).envFrom?.[0]?.secretRef?.name;
      assertEquals(only(objects, "Secret").metadata.name, name);
      assert(podOf(objects) !== undefined);
      return name;
    };
    const [first, second] = [await referenceOf("a"), await referenceOf("b")];
    assertMatch(first ?? "", /^tsmetrics-secrets-/);
    assert(first !== second, first);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("each pod of production that joins the tailnet has a name of its own there", async () => {
  const hostnameOf = async (folder: string) => {
    const env = environmentOf(containerOf(parseObjects(await kustomize(folder))), {
      "tsmetrics-secrets": { ...SECRETS["tsmetrics-secrets"], USE_TSNET: "true", TS_AUTHKEY: "a" },
    });
    return loadConfig({ env, args: ["serve"] }).config.tsnetHostname;
  };
  assertEquals([await hostnameOf(BASE), await hostnameOf(PRODUCTION)], [
    "tsmetrics",
    "tsmetrics-0",
  ]);
});

Deno.test("the sidecar component puts the chart's tailscaled beside base and production", async () => {
  const folder = await Deno.makeTempDir({ dir: "deploy/kustomize/overlays" });
  try {
    for (const resource of ["../../base", "../production"]) {
      await Deno.writeTextFile(
        `${folder}/kustomization.yaml`,
        `resources: [${resource}]\ncomponents: [../../components/sidecar]\n`,
      );
      const objects = parseObjects(await kustomize(folder));
      assertEquals(await faultsOf(objects), [], resource);
      const container = containerOf(objects);
      const secrets = {
        "tsmetrics-secrets": { ...SECRETS["tsmetrics-secrets"], TS_AUTHKEY: "tskey-auth-a" },
      };
      const env = environmentOf(container, secrets);
      const { config, warnings } = loadConfig({ env, args: ["serve"] });
      assertEquals(warnings.filter((warning) => !warning.includes("METRICS_TOKEN")), []);
      assertEquals([config.useTsnet, config.tsnetMode, config.tsAuthkey?.reveal()], [
        true,
        "sidecar",
        "tskey-auth-a",
      ]);
      assertMatch(container.image, /^ghcr\.io\/tsmetrics\/tsmetrics-host:v\d/);
      // deployed_sidecar_test.ts runs the chart's.
      const chart = await render({
        tailscale: {
          oauthToken: "t",
          authKey: "k",
          tsnet: { enabled: true, mode: "sidecar", caConfigMap: "tailscale-ca" },
        },
      });
      const charts = environmentOf(containerOf(chart), secretsOf(chart));
      for (const name of ["SCRAPE_PROXY", "LOCALAPI_SOCKET"]) assertEquals(env[name], charts[name]);
      const parts = ({ command, env, image, livenessProbe, volumeMounts }: Container) => {
        return { command, env, image, livenessProbe, volumeMounts };
      };
      const sidecar = containerOf(objects, "tailscale");
      assertEquals(parts(sidecar), parts(containerOf(chart, "tailscale")), resource);
      const mountOf = (all: typeof objects) =>
        containerOf(all).volumeMounts?.find(({ name }) => name === "tailscale-run");
      assertEquals(mountOf(objects), mountOf(chart));
      const volumes = [
        ...podOf(objects).spec.volumes?.map(({ name }) => name) ?? [],
        ...resource === "../production" ? ["data"] : [],
      ];
      const mounted = new Set(sidecar.volumeMounts?.map(({ name }) => name));
      assertEquals([...mounted].filter((name) => !volumes.includes(name)), [], resource);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
