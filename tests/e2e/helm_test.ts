/**
 * The chart, as Helm 3 and 4 lint and render it, read by the schemas of Kubernetes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse, stringify } from "yaml";
import { CASES, renderAll } from "./_chart_case.ts";
import {
  faultsOf,
  helm,
  type HelmMajor,
  type KubernetesObject,
  only,
  render,
  toolFolder,
  type Values,
  VERSIONS,
} from "./_kubernetes.ts";
import { together } from "./_together.ts";

const NAMES = Object.keys(CASES);
const MAJORS: readonly HelmMajor[] = [3, 4];

Deno.test("helm 3 and 4 lint the chart strictly, whatever its values", async () => {
  const jobs = NAMES.flatMap((name) => MAJORS.map((major) => [name, major] as const));
  await together(jobs, async ([name, major]) => {
    const { code, stdout } = await helm(major, ["lint", "--strict", "deploy/helm"], CASES[name]);
    assertEquals(code, 0, `helm ${major}, ${name}: ${stdout}`);
  });
});

Deno.test("helm 3 and 4 render the same objects, which Kubernetes 1.27 to 1.37 take", async () => {
  const [rendered, again] = await Promise.all([renderAll(3), renderAll(4)]);
  assertEquals(again, rendered);
  const objects = Object.values(rendered).flat();
  const kinds = [...new Set(objects.map(({ kind }) => kind))].sort();
  assertEquals(kinds, [
    "ConfigMap",
    "Deployment",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "Ingress",
    "NetworkPolicy",
    "Pod",
    "PodDisruptionBudget",
    "PodMonitor",
    "PrometheusRule",
    "ScrapeConfig",
    "Secret",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
    "StatefulSet",
  ]);
  assertEquals(await faultsOf(objects), []);
});

Deno.test("the checks of Kubernetes find a fault", async () => {
  const objects = (await render({ serviceMonitor: { enabled: true } })).map((object) => {
    const text = JSON.stringify(object);
    return JSON.parse(
      text.replace('"revisionHistoryLimit":3', '"revisionHistory":3')
        .replace('"runAsNonRoot":true', '"runAsNonRoot":false')
        .replace('"jobLabel"', '"job"'),
    ) as KubernetesObject;
  });
  const faults = (await faultsOf(objects)).join("\n");
  for (const version of VERSIONS) {
    assertMatch(faults, new RegExp(`^${version}: Deployment tsmetrics: .*revisionHistory`, "m"));
  }
  assertMatch(faults, /^ServiceMonitor tsmetrics: .*unknown field "job"/m);
  assertMatch(faults, /^Pod tsmetrics-test: not restricted: .*runAsNonRoot/m);
});

/** Output of a command; fails where it does. */
async function outputOf(command: string, args: readonly string[], env = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env })
    .output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Runs tsmetrics-host. */
const SIDECAR = {
  tailscale: { oauthToken: "t", authKey: "k", tsnet: { enabled: true, mode: "sidecar" } },
};

Deno.test("the chart of a release pulls images that the release pushes", async () => {
  assertMatch(
    await Deno.readTextFile("tools/release.sh"),
    /^ *tools\/pack_chart\.sh "\$version" dist\/chart$/m,
  );
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-chart-" });
  try {
    for (const version of ["1.2.3", "1.2.3-rc.1"]) {
      const path = `${toolFolder("HELM3_DIR")}:${Deno.env.get("PATH")}`;
      await outputOf("tools/pack_chart.sh", [version, folder], { PATH: path });
      const chart = `${folder}/tsmetrics-${version}.tgz`;
      const images: string[] = [];
      for (const values of [{}, SIDECAR]) {
        const { code, stdout, stderr } = await helm(3, ["template", "tsmetrics", chart], values);
        assertEquals([code, stderr], [0, ""]);
        const found = [...stdout.matchAll(/^ +image: "?([^"\n]+)"?$/gm)].map(([, image = ""]) =>
          image
        );
        images.push(...found.filter((image) => !image.startsWith("tailscale/")));
      }
      const pushed = await outputOf("tools/publish_image.sh", [`v${version}`], {
        PRINT_TAGS: "yes",
      });
      assertEquals(new Set(images).size, 2, images.join(" "));
      for (const image of images) assert(pushed.split("\n").includes(image), image);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rules and dashboards of the chart are those of deploy/", async () => {
  const values = {
    ...CASES["rules and dashboards"],
    prometheusRule: {
      enabled: true,
      disabledAlerts: ["TailscaleServerOffline"],
    },
  };
  const objects = await render(values);
  const file = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    await Deno.writeTextFile(file, stringify(only(objects, "PrometheusRule").spec));
    const { code, stdout } = await new Deno.Command("promtool", { args: ["check", "rules", file] })
      .output();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
    const found = [
      ...(await Deno.readTextFile(file)).matchAll(
        /^ +- (?:alert|record): (\S+)|^ +record: (\S+)/gm,
      ),
    ]
      .map(([, alert, record]) => alert ?? record);
    const rules = await Promise.all(
      ["recording", "alerts"].map((name) =>
        Deno.readTextFile(`deploy/prometheus/${name}.rules.yml`)
      ),
    );
    const wanted = [...rules.join("\n").matchAll(/- (?:alert|record): (\S+)/g)].map(([, rule]) =>
      rule
    );
    assertEquals(found.sort(), wanted.filter((rule) => rule !== "TailscaleServerOffline").sort());
  } finally {
    await Deno.remove(file);
  }
  const dashboards = objects.filter(({ kind }) => kind === "ConfigMap");
  assertEquals(dashboards.length, 5);
  for (const { data = {}, metadata } of dashboards) {
    assertEquals(metadata.labels?.grafana_dashboard, "1");
    for (const [name, text] of Object.entries(data)) {
      const shipped = await Deno.readTextFile(`deploy/grafana/${name}`);
      assertEquals(JSON.parse(text), JSON.parse(shipped), name);
    }
  }
});

Deno.test("helm takes the values that docs/deployment.md shows", async () => {
  const text = await Deno.readTextFile("docs/deployment.md");
  const shown = [...text.matchAll(/^```yml\n(.*?)^```/gms)].map(([, block = ""]) => block)
    .filter((block) => !block.startsWith("# kustomization.yaml"));
  assert(shown.length > 3, `only ${shown.length} blocks were found`);
  const all: readonly Values[] = shown.map((block) => parse(block));
  assertEquals(await faultsOf((await Promise.all(all.map((values) => render(values)))).flat()), []);
});
