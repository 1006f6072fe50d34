/**
 * What a Deployment or a StatefulSet gives to the program: its environment, as the kubelet makes it
 * of values and secrets, its port and its probes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { KubernetesObject } from "./_kubernetes.ts";

/** A variable of a container. */
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: {
      readonly name: string;
      readonly key: string;
      readonly optional?: boolean;
    };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

/** A probe by HTTP, as tsmetrics has it, or by a command. */
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme?: string };
  readonly exec?: { readonly command: readonly string[] };
}

/** A container of a pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly secretRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
  }[];
}

/** A pod. */
export interface Pod {
  readonly metadata: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Secrets of a cluster: keys and texts by the secret's name. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The Deployment or the StatefulSet. */
export function workloadOf(objects: readonly KubernetesObject[]): KubernetesObject {
  const found = objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
  assertEquals(found.length, 1);
  const [workload] = found;
  return workload as KubernetesObject;
}

/** Its pod. */
export function podOf(objects: readonly KubernetesObject[]): Pod {
  return workloadOf(objects).spec?.template as Pod;
}

/** A container of its pod. */
export function containerOf(objects: readonly KubernetesObject[], name = "tsmetrics"): Container {
  const found = podOf(objects).spec.containers.find((container) => container.name === name);
  assert(found !== undefined, `there is no container ${name}`);
  return found;
}

/** The secrets among the objects. */
export function secretsOf(objects: readonly KubernetesObject[]): Secrets {
  return Object.fromEntries(
    objects.filter(({ kind }) => kind === "Secret").map(({ metadata, data = {} }) => [
      metadata.name,
      Object.fromEntries(Object.entries(data).map(([key, text]) => [key, atob(text)])),
    ]),
  );
}

/** The environment that the kubelet makes: secrets resolved, `$(NAME)` replaced. */
export function environmentOf(container: Container, secrets: Secrets): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { secretRef } of container.envFrom ?? []) {
    Object.assign(env, secretOf(secrets, secretRef?.name));
  }
  for (const variable of container.env ?? []) {
    const text = textOf(variable, secrets);
    if (text === undefined) continue;
    env[variable.name] = text.replace(/\$\((\w+)\)/g, (whole, name) => env[name] ?? whole);
  }
  return env;
}

function textOf({ name, value, valueFrom }: Variable, secrets: Secrets): string | undefined {
  // The first pod of a StatefulSet.
  const path = valueFrom?.fieldRef?.fieldPath;
  if (path !== undefined) return path === "metadata.name" ? "tsmetrics-0" : "0";
  const reference = valueFrom?.secretKeyRef;
  if (reference === undefined) return value;
  const text = secretOf(secrets, reference.name)[reference.key];
  assert(text !== undefined || reference.optional === true, `${name}: no key ${reference.key}`);
  return text;
}

function secretOf(secrets: Secrets, name = ""): Readonly<Record<string, string>> {
  const found = secrets[name];
  assert(found !== undefined, `there is no secret ${name}`);
  return found;
}
