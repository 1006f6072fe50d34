/**
 * The JSON schema of the chart's values: refuses unknown keys and wrong types. The keys are those
 * of `values.yaml`, the settings those of the program.
 *
 * @module
 */

import type { Setting } from "../../src/config/setting.ts";
import { ALERT_GROUPS } from "../rules.ts";
import { openSettings, OWN_VALUES } from "./own_values.ts";

/** A JSON schema, as far as it is used here. */
export type Schema = Readonly<Record<string, unknown>>;

/** Values that are handed on to Kubernetes as they are; its own schema refuses what is wrong. */
const KUBERNETES_OBJECTS: readonly string[] = [
  "affinity",
  "livenessProbe",
  "podSecurityContext",
  "readinessProbe",
  "securityContext",
  "startupProbe",
  "tlsConfig",
];

/** What values of these names look like, wherever they stand. */
const BY_NAME: Readonly<Record<string, Schema>> = {
  annotations: textMap(),
  digest: { type: "string", pattern: "^(sha256:[0-9a-f]{64})?$" },
  disabledAlerts: {
    type: "array",
    items: { enum: ALERT_GROUPS.flatMap(({ rules }) => rules.map(({ alert }) => alert)) },
  },
  accessModes: { type: "array", items: { type: "string" }, minItems: 1 },
  hostnames: { type: "array", items: { type: "string" } },
  interval: duration(false),
  labels: textMap(),
  nodeSelector: textMap(),
  podAnnotations: textMap(),
  podLabels: textMap(),
  port: { type: "integer", minimum: 1, maximum: 65_535 },
  pullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
  scrapeTimeout: duration(true),
  type: { enum: ["ClusterIP", "NodePort", "LoadBalancer"] },
  resources: closed({
    requests: { type: "object" },
    limits: { type: "object" },
    claims: { type: "array" },
  }),
  hosts: {
    type: "array",
    items: {
      ...closed({
        host: { type: "string" },
        path: { type: "string" },
        pathType: { enum: ["Exact", "ImplementationSpecific", "Prefix"] },
      }),
      required: ["host"],
    },
  },
};

/** The same by path, where a name means different things. */
const BY_PATH: Readonly<Record<string, Schema>> = {
  settings: settingsSchema(openSettings(false)),
  secretSettings: settingsSchema(openSettings(true)),
  "tailscale.tsnet.mode": { enum: ["embedded", "sidecar"] },
  shards: { type: "integer", minimum: 1, maximum: 1000 },
  replicaCount: { type: "integer", minimum: 0 },
  "scrapeConfig.parts": { type: "integer", minimum: 1, maximum: 1000 },
  "podDisruptionBudget.minAvailable": countOrShare(),
  "podDisruptionBudget.maxUnavailable": countOrShare(),
  "autoscaling.minReplicas": { type: "integer", minimum: 1 },
  "autoscaling.maxReplicas": { type: "integer", minimum: 1 },
  "autoscaling.targetCPUUtilizationPercentage": percentage(),
  "autoscaling.targetMemoryUtilizationPercentage": percentage(),
  "metricsToken.value": { type: "string", pattern: "^([!-~]{16,})?$", maxLength: 4096 },
  "alerts.alertmanagerUrl": { type: "string", pattern: "^(https?://[^\\s]+)?$" },
  "alerts.webhookFormat": { enum: ["json", "slack", "discord", "ntfy", "telegram"] },
  "push.url": { type: "string", pattern: "^(https?://[^\\s]+)?$" },
  "headscale.url": { type: "string", pattern: "^(https?://[^\\s]+)?$" },
};

/** The schema of values, made of their defaults. */
export function renderValuesSchema(defaults: Readonly<Record<string, unknown>>): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Values of the tsmetrics chart",
    ...closed({
      ...propertiesOf(defaults, ""),
      // Of a chart that has this one as a dependency.
      global: { type: "object" },
      enabled: { type: "boolean" },
    }),
  };
  return JSON.stringify(schema, null, 2) + "\n";
}

function propertiesOf(values: Readonly<Record<string, unknown>>, path: string): Schema {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, schemaOf(name, value, path + name)]),
  );
}

function schemaOf(name: string, value: unknown, path: string): Schema {
  const known = BY_PATH[path] ?? (isOpenObject(name) ? { type: "object" } : BY_NAME[name]);
  if (known !== undefined) return describe(known, path);
  if (Array.isArray(value)) return { type: "array", items: { type: ["object", "string"] } };
  if (typeof value === "object" && value !== null) {
    return closed(propertiesOf(value as Schema, `${path}.`));
  }
  if (typeof value === "number") return { type: "integer", minimum: 0 };
  return describe({ type: typeof value }, path);
}

/** Adds the settings that a value stands for. */
function describe(schema: Schema, path: string): Schema {
  const variables = [...OWN_VALUES].filter(([, value]) => value === path).map(([name]) => name);
  return variables.length === 0 ? schema : { description: variables.join(", "), ...schema };
}

function isOpenObject(name: string): boolean {
  return KUBERNETES_OBJECTS.includes(name);
}

function settingsSchema(settings: readonly Setting<unknown>[]): Schema {
  return closed(Object.fromEntries(settings.map(({ variable, kind }) => [
    variable,
    { type: kind.isSecret ? "string" : ["boolean", "number", "string"] },
  ])));
}

function closed(properties: Readonly<Record<string, unknown>>): Schema {
  return { type: "object", additionalProperties: false, properties };
}

function textMap(): Schema {
  return { type: "object", additionalProperties: { type: "string" } };
}

function duration(isOptional: boolean): Schema {
  const pattern = "([0-9]+(ms|s|m|h))+";
  return { type: "string", pattern: isOptional ? `^(${pattern})?$` : `^${pattern}$` };
}

function countOrShare(): Schema {
  return { type: ["integer", "string", "null"], minimum: 0, pattern: "^[0-9]{1,3}%$" };
}

function percentage(): Schema {
  return { type: ["integer", "null"], minimum: 1 };
}
