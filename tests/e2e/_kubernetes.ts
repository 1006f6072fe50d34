/**
 * What Helm and Kustomize make of `deploy/`, and what Kubernetes says of it: the tools that
 * install.sh builds, one process for all objects of a test.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseAllDocuments, stringify } from "yaml";

/** Versions of Kubernetes whose schemas every object is checked against. */
export const VERSIONS: readonly string[] = Array.from({ length: 11 }, (_, at) => `1.${27 + at}`);

/** An object as it is applied to a cluster. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What a tool said. */
export interface Said {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Values of the chart. */
export type Values = Readonly<Record<string, unknown>>;

/** Major versions of Helm that are tested. */
export type HelmMajor = 3 | 4;

const FOLDERS = ["HELM3_DIR", "HELM4_DIR", "KUSTOMIZE_DIR", "KUBERNETES_DIR"]
  .concat("KUBERNETES_VALIDATE_DIR");

// Awaited here: a process that is still running counts as a leak of the first test.
const TOOLS: Readonly<Record<string, string>> = await findTools();

async function findTools(): Promise<Readonly<Record<string, string>>> {
  const script = `. tests/e2e/versions.sh; printf '%s\\n' ${
    FOLDERS.map((name) => `"$${name}"`).join(" ")
  }`;
  const { stdout } = await run("bash", ["-c", script]);
  const paths = stdout.trim().split("\n");
  return Object.fromEntries(FOLDERS.map((name, at) => [name, paths[at] ?? ""]));
}

/** The folder of a tool, by its variable in versions.sh. */
export function toolFolder(name: string): string {
  const path = TOOLS[name];
  assert(path !== undefined, `versions.sh has no ${name}`);
  return path;
}

async function run(command: string, args: readonly string[], input = ""): Promise<Said> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin),
  ]);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

/** Runs helm on the chart, with values on its standard input. */
export async function helm(
  major: HelmMajor,
  args: readonly string[],
  values: Values = {},
): Promise<Said> {
  const command = `${toolFolder(`HELM${major}_DIR`)}/helm`;
  // A helm that was not built by its releases knows no version of Kubernetes.
  const version = args.includes("--kube-version") ? [] : ["--kube-version", "1.37.0"];
  return await run(command, [...args, "--values", "-", ...version], stringify(values));
}

/** The objects of a release called tsmetrics in the namespace monitoring. */
export async function render(
  values: Values = {},
  major: HelmMajor = 3,
): Promise<readonly KubernetesObject[]> {
  const place = ["tsmetrics", "deploy/helm", "--namespace", "monitoring"];
  const { code, stdout, stderr } = await helm(major, ["template", ...place], values);
  assertEquals([code, stderr], [0, ""], JSON.stringify(values));
  return parseObjects(stdout);
}

/** What helm says of values that it refuses. */
export async function refusal(values: Values, kubernetes = "1.37.0"): Promise<string> {
  const args = ["template", "tsmetrics", "deploy/helm", "--kube-version", kubernetes];
  const { code, stdout, stderr } = await helm(3, args, values);
  assertEquals([code, stdout], [1, ""], JSON.stringify(values));
  return stderr;
}

/** The manifest of a folder with a `kustomization.yaml`. */
export async function kustomize(folder: string): Promise<string> {
  const { code, stdout, stderr } = await run(`${toolFolder("KUSTOMIZE_DIR")}/kustomize`, [
    "build",
    folder,
  ]);
  assertEquals([code, stderr], [0, ""], folder);
  return stdout;
}

/** The objects of a manifest. */
export function parseObjects(manifest: string): readonly KubernetesObject[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

/** The only object of a kind. */
export function only(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  assertEquals(found.length, 1, `${found.length} of ${kind}, want one`);
  const [object] = found;
  return object as KubernetesObject;
}

/**
 * What the schemas of {@linkcode VERSIONS}, the types of custom resources, and the restricted pod
 * security standard find wrong.
 */
export async function faultsOf(objects: Iterable<KubernetesObject>): Promise<readonly string[]> {
  const lines = [...new Set([...objects].map((object) => JSON.stringify(object)))].join("\n");
  const said = await Promise.all([
    run(`${toolFolder("KUBERNETES_VALIDATE_DIR")}/bin/python`, [
      "tests/e2e/_kubernetes/validate.py",
      ...VERSIONS,
    ], lines),
    run(`${toolFolder("KUBERNETES_DIR")}/kubernetes`, [], lines),
  ]);
  return said.flatMap(({ code, stdout, stderr }) => {
    assertEquals([code, stderr], [0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  });
}
