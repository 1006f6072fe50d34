/**
 * The sidecar as `deploy/` has it: tailscaled and the program beside it, each with the command, the
 * environment, the volumes and the user of its container, on a lab whose control plane and relay
 * have an authority of their own. Only the images are missing.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { readServices, type Service, serviceOf } from "./_compose.ts";
import { copy, installProgram } from "./_installed.ts";
import { render } from "./_kubernetes.ts";
import { Lab } from "./_lab.ts";
import type { Settings } from "./_program.ts";
import { runTool, versionOf } from "./_tool.ts";
import { until } from "../_support/until.ts";
import { type Container, containerOf, environmentOf, secretsOf } from "./_workload.ts";

/** What a container is started with. */
interface Started {
  readonly command: readonly string[];
  readonly settings: Settings;
  /** Folders of this machine by the paths in the container. */
  readonly volumes: Readonly<Record<string, string>>;
}

/** What the lab wants of every tailscaled: nothing calls the world. */
const LAB_SETTINGS: Settings = {
  TS_NO_LOGS_NO_SUPPORT: "true",
  TS_DISABLE_PORTMAPPER: "1",
  TS_PANIC_IF_HIT_MAIN_CONTROL: "1",
};

const USER = 65534;

/** Two programs start, and one of them is compiled first. */
const MOST_MS = 150_000;

let lab: Lab;
/** The certificate of the lab's authority. */
let authority: string;
/** `/mnt` of the containers, and the parent of the volumes. */
let files: string, volumes: string;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ hasTls: true });
  authority = await Deno.readTextFile(`${lab.variable("DIR")}/hs/ca.pem`);
  // Its place is taken by the containers.
  await lab.run(["kill", "c"]);
  files = await Deno.makeTempDir({ prefix: "tsm-container-" });
  volumes = await Deno.makeTempDir({ prefix: "tsm-volumes-" });
  for (const folder of [files, volumes]) await Deno.chmod(folder, 0o755);
  await Deno.mkdir(`${files}/bin`);
  await installProgram(files, "/mnt");
  for (const name of ["tailscaled", "tailscale"]) {
    await copy(`${await versionOf("TAILSCALE_DIR")}/${name}`, `${files}/bin/${name}`);
  }
});

Deno.test.afterAll(async () => {
  for (const folder of [files, volumes]) {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  }
  await lab?.[Symbol.asyncDispose]();
});

/** The words that run a command in a container. */
function inContainer({ volumes }: Started, command: readonly string[]): readonly string[] {
  const mounts = Object.entries(volumes)
    // The folders of this machine are below /tmp: the mount there comes last, and hides them.
    .toSorted(([path], [other]) => Number(path === "/tmp") - Number(other === "/tmp"))
    .map(([path, source]) => `${source}:${path}`);
  return ["tests/e2e/container.sh", files, ...mounts, "--", ...command];
}

/** The tailscaled in the lab's own world. */
function asInLab(sidecar: Started): Started {
  return { ...sidecar, settings: { ...sidecar.settings, ...LAB_SETTINGS } };
}

/** The compose file with the lines for an authority of one's own, which are comments there. */
function withAuthority(text: string): string {
  return text.replace(/^( +)# (environment:\n +)# ( +SSL_CERT_DIR: )/m, "$1$2$3")
    .replace("# - ./ca:", "- ./ca:");
}

function start(container: Started): AsyncDisposable {
  const { command, settings } = container;
  return lab.startOn("c", inContainer(container, command), { settings });
}

/** A new folder for a volume that this group may write, as the kubelet makes it by `fsGroup`. */
async function makeVolume(name: string, mode: number, group: number): Promise<string> {
  const folder = `${volumes}/${name}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.chown(folder, 0, group);
  await Deno.chmod(folder, mode);
  return folder;
}

/** What is the same however the two are deployed. */
async function settings(): Promise<Settings> {
  const keys = await Deno.readTextFile(`${lab.variable("DIR")}/hs/keys`);
  return {
    TS_AUTHKEY: /^KEY_EXPORTER=(.*)$/m.exec(keys)?.[1] ?? "",
    TSNET_ALLOW: "alice@example.com",
    SCRAPE_TAG: "",
    SCRAPE_INTERVAL: "2s",
    CLIENT_METRICS_TIMEOUT: "2s",
    RATE_LIMIT_BURST: "1000",
    TLS_CA_PEM: authority.replaceAll("\n", "\\n"),
  };
}

/** Puts the authority into the folder that tailscaled looks for certificates in. */
async function giveAuthority(
  { SSL_CERT_DIR = "" }: Settings,
  volumes: Started["volumes"],
): Promise<void> {
  await Deno.writeTextFile(`${volumes[SSL_CERT_DIR]}/ca.crt`, authority, { mode: 0o644 });
}

/** The node of the tailnet, after node b has seen it and what it scrapes. */
async function untilServed(hostname: string): Promise<{ readonly id: string }> {
  const node = await until("the sidecar to join", async () => {
    const found = (await lab.nodes()).find(({ givenName }) => givenName === hostname);
    return found?.online && found;
  }, MOST_MS);
  const page = await until("the nodes to be up", async () => {
    const address = (await addressOf(hostname)) ?? "";
    const text = await lab.curl(`http://${address}:9100/metrics`, "b").catch(() => undefined);
    return text !== undefined && /^tsmetrics_device_up\{.*"node-a"\} 1$/m.test(text) && text;
  }, MOST_MS);
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
  // node a has a tag, and is not alice's
  const refused = await lab.curl(`http://${await addressOf(hostname)}:9100/metrics`, "a")
    .catch(String);
  assertStringIncludes(refused, "403");
  return node;
}

/** The address of a node, as node b knows it. */
async function addressOf(hostname: string): Promise<string | undefined> {
  const status: {
    readonly Peer?: Readonly<Record<string, { HostName: string; TailscaleIPs: string[] }>>;
  } = JSON.parse(await lab.run(["ts", "b", "status", "--json"]));
  return Object.values(status.Peer ?? {}).find(({ HostName }) => HostName === hostname)
    ?.TailscaleIPs[0];
}

Deno.test("tsmetrics of the chart's pod logs the tailscaled beside it in, and finds it again", async () => {
  const { TS_AUTHKEY = "", ...rest } = await settings();
  const objects = await render({
    headscale: { url: lab.variable("CONTROL_URL"), apiKey: lab.variable("API_KEY") },
    tailscale: {
      authKey: TS_AUTHKEY,
      tsnet: { enabled: true, mode: "sidecar", hostname: "pod", caConfigMap: "ca" },
    },
    settings: rest,
  });
  const inPod = async (container: Container, command: readonly string[]): Promise<Started> => {
    const mounts = await Promise.all(
      (container.volumeMounts ?? []).map(async ({ mountPath, name, subPath = "" }) =>
        [mountPath, await makeVolume(`pod/${name}/${subPath}`, 0o2775, USER)] as const
      ),
    );
    const env = environmentOf(container, secretsOf(objects));
    return { command, settings: env, volumes: Object.fromEntries(mounts) };
  };
  const node = containerOf(objects, "tailscale");
  const sidecar = await inPod(node, node.command ?? []);
  await giveAuthority(sidecar.settings, sidecar.volumes);
  const exporter = await inPod(containerOf(objects), ["/usr/local/bin/tsmetrics-host"]);
  const round = async () => {
    await using _sidecar = start(asInLab(sidecar));
    await using _exporter = start(exporter);
    const { id } = await untilServed("pod");
    const probe = node.livenessProbe?.exec?.command ?? [];
    const said = await lab.run(["exec", "c", ...inContainer(sidecar, probe)]);
    assertEquals(JSON.parse(said).BackendState, "Running");
    return id;
  };
  assertEquals(await round(), await round());
});

Deno.test("tsmetrics of the compose files logs the tailscaled beside it in", async () => {
  const own = {
    ...await settings(),
    COMPOSE_FILE: "docker-compose.yaml:docker-compose.sidecar.yaml",
    HEADSCALE_URL: lab.variable("CONTROL_URL"),
    HEADSCALE_API_KEY: lab.variable("API_KEY"),
    TSNET_HOSTNAME: "composed",
  };
  const env = Object.entries(own).map(([name, value]) => `${name}=${value}\n`).join("");
  const services = await readServices(env, withAuthority);
  const inCompose = async (service: Service, command: readonly string[]): Promise<Started> => {
    const mounts = await Promise.all(
      (service.volumes ?? []).map(async ({ source, target }) => {
        const folder = `${volumes}/compose/${source}`;
        // As Docker makes it: root's, or the image's where that has the folder.
        await Deno.mkdir(folder, { recursive: true });
        return [target, folder] as const;
      }),
    );
    return { command, settings: service.environment ?? {}, volumes: Object.fromEntries(mounts) };
  };
  const { entrypoint: prepare } = serviceOf(services, "tailscale-volumes");
  const node = serviceOf(services, "tailscale");
  const sidecar = await inCompose(node, node.entrypoint ?? []);
  await giveAuthority(sidecar.settings, sidecar.volumes);
  // chown -R USER:GROUP PATH...
  const [chown = "", ...words] = prepare ?? [];
  await runTool(chown, words.map((word) => sidecar.volumes[word] ?? word));
  const service = serviceOf(services, "tsmetrics");
  const exporter = await inCompose(service, ["/usr/local/bin/tsmetrics-host"]);
  await Deno.chown(`${volumes}/compose/tsmetrics`, USER, USER);
  await using _sidecar = start(asInLab(sidecar));
  await using _exporter = start({
    ...exporter,
    // What the image sets.
    settings: { ...exporter.settings, ENV: "production", XDG_DATA_HOME: "/var/lib/tsmetrics" },
  });
  await untilServed("composed");
  const probe = node.healthcheck?.test.slice(1) ?? [];
  const said = await lab.run(["exec", "c", ...inContainer(sidecar, probe)]);
  assertEquals(JSON.parse(said).BackendState, "Running");
});
