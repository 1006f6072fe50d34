/**
 * Settings of how much is passed on: limits, what is left out, and what a device's series are
 * labelled with.
 *
 * @module
 */

import {
  type DropPattern,
  formatDropPattern,
  formatLabelChoice,
  type LabelChoice,
  parseDropPattern,
  parseLabelChoice,
} from "../cardinality.ts";
import { defineKind, integer, type Kind } from "./kind.ts";
import { parseItems } from "./list.ts";
import type { SettingsOf } from "./setting.ts";
import { size } from "./size.ts";

/** How much is passed on. */
export interface CardinalityConfig {
  /** Most bytes of a device's page. */
  readonly limitPageBytes: number;
  /** Most series of a device's page. */
  readonly limitPageSeries: number;
  /** Most families of a device's page. */
  readonly limitPageFamilies: number;
  /** Most labels of a series of a device's page. */
  readonly limitLabels: number;
  /** Most bytes of a label value of a device's page. */
  readonly limitLabelBytes: number;
  /** Most series of all pages together. */
  readonly limitSeries: number;
  /** Most families of all pages together. */
  readonly limitFamilies: number;
  /** What is left out. */
  readonly metricsDrop: readonly DropPattern[];
  /** Facts of a device that are labels, and where. */
  readonly deviceLabels: readonly LabelChoice[];
}

/** How much is passed on. */
export const CARDINALITY_SETTINGS: SettingsOf<CardinalityConfig> = {
  limitPageBytes: {
    variable: "LIMIT_PAGE_BYTES",
    kind: size(1_000, 67_108_864),
    default: "2MiB",
    help: "Maximum size of one device's metrics.",
  },
  limitPageSeries: {
    variable: "LIMIT_PAGE_SERIES",
    kind: integer(1, 1_000_000),
    default: "10000",
    help: "Maximum number of samples of one device.",
  },
  limitPageFamilies: {
    variable: "LIMIT_PAGE_FAMILIES",
    kind: integer(1, 10_000),
    default: "200",
    help: "Maximum number of families of one device.",
  },
  limitLabels: {
    variable: "LIMIT_LABELS",
    kind: integer(1, 1_000),
    default: "64",
    help: "Maximum number of labels on one sample of a device.",
  },
  limitLabelBytes: {
    variable: "LIMIT_LABEL_BYTES",
    kind: size(1, 1_000_000),
    default: "4KiB",
    help: "Maximum size of one label value of a device.",
  },
  limitSeries: {
    variable: "LIMIT_SERIES",
    kind: integer(1, 100_000_000),
    default: "2000000",
    help: "Maximum number of series of all devices together; beyond it whole devices are left " +
      "out, the newest first.",
  },
  limitFamilies: {
    variable: "LIMIT_FAMILIES",
    kind: integer(50, 100_000),
    default: "1000",
    help: "Maximum number of families of all devices together; further ones are left out.",
  },
  metricsDrop: {
    variable: "METRICS_DROP",
    kind: dropList(),
    default: "",
    example: "tailscaled_serve_*,tailscale_device_latency_ms,{device_name}",
    help: "Drop families and labels; a label that distinguishes series is kept.",
  },
  deviceLabels: {
    variable: "DEVICE_LABELS",
    kind: labelList(),
    default: "",
    example: "tags,*:os",
    help: "Facts of a device as labels: on tailscale_device_info, or with *: on all its series. " +
      "Default: the name on all.",
  },
};

/** Patterns of families and labels. */
function dropList(): Kind<readonly DropPattern[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "patterns with * and ? such as FAMILY, FAMILY{LABEL} or {LABEL}, separated by " +
      "commas, but not device_id, and device_name from all families only",
    parse: (text) =>
      parseItems(text, (item) => {
        const pattern = parseDropPattern(item);
        return pattern === undefined || isForbidden(pattern) ? undefined : pattern;
      }),
    describe: (patterns) => patterns.map(formatDropPattern),
  });
}

/** What would have no effect must not look as if it had one. */
function isForbidden({ family, label }: DropPattern): boolean {
  if (label === undefined) {
    return /^(?:tsmetrics_device_up$|tsmetrics_[^d*?]|process_)/.test(family);
  }
  return label === "device_id" || (label === "device_name" && family !== "*");
}

/** Facts of a device, each once. */
function labelList(): Kind<readonly LabelChoice[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "name, os, user and tags, each once, with or without *: before it, separated by commas",
    parse: (text) => {
      const choices = parseItems(text, parseLabelChoice);
      const facts = new Set(choices?.map(({ fact }) => fact));
      return facts.size === choices?.length ? choices : undefined;
    },
    describe: (choices) => choices.map(formatLabelChoice),
  });
}
