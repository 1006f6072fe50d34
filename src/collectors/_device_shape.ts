/**
 * What of a device is shown and with which labels, as the operator wants it: the same for the API's
 * facts, the device's own page and the scrapes. Without wishes every series has `device_id` and
 * `device_name`, and nothing is left out.
 *
 * @module
 */

import type { DeviceFact, LabelChoice } from "../cardinality.ts";
import {
  type BlockWriter,
  escapeLabelValue,
  type Family,
  type Label,
  type OwnLabels,
  renderLabels,
} from "../exposition/mod.ts";
import { joinTags } from "../tag.ts";
import type { Device } from "../control/device.ts";
import { DEVICE_DEFINITIONS } from "./_device_metric.ts";
import { MetricDrop } from "./_metric_drop.ts";

/** The part of a {@linkcode BlockWriter} that makes blocks. */
export type SampleWriter = Pick<BlockWriter, "begin" | "sample" | "finish">;

/** What a {@linkcode DeviceShape} goes by. */
export interface DeviceShapeOptions {
  /** What is left out; nothing by default. */
  readonly drops?: MetricDrop;
  /** Which facts are labels, and where; `device_name` everywhere by default. */
  readonly labels?: readonly LabelChoice[];
}

/** The label of each fact, in the order in which they stand after `device_id`. */
const FACT_LABELS: readonly {
  readonly fact: DeviceFact;
  readonly label: string;
  read(device: Device): string;
}[] = [
  { fact: "name", label: "device_name", read: (device) => device.name },
  { fact: "os", label: "os", read: (device) => device.os ?? "" },
  { fact: "user", label: "user_email", read: (device) => device.user ?? "" },
  { fact: "tags", label: "tags", read: (device) => joinTags(device.tags) },
];

/** How devices are shown. */
export class DeviceShape {
  /** What is left out. */
  readonly drops: MetricDrop;
  readonly #everywhere: typeof FACT_LABELS;
  readonly #onInfo: typeof FACT_LABELS;
  readonly #hasName: boolean;
  #names: readonly string[] | undefined;

  /** A shape that never changes. */
  constructor(options: DeviceShapeOptions = {}) {
    const { drops = new MetricDrop(), labels = [] } = options;
    const has = (fact: DeviceFact, isEverywhere: boolean) =>
      labels.some((choice) => choice.fact === fact && choice.isEverywhere === isEverywhere);
    this.drops = drops;
    this.#hasName = has("name", true) || !(drops.dropsName || has("name", false));
    this.#everywhere = FACT_LABELS.filter(({ fact }) =>
      fact === "name" ? this.#hasName : has(fact, true)
    );
    this.#onInfo = FACT_LABELS.filter((one) =>
      !this.#everywhere.includes(one) && (one.fact === "name" || has(one.fact, false))
    );
  }

  /**
   * The labels of every series of a device. The names are the same for all devices; without a
   * value, a name is still kept from what the device says itself.
   */
  labelsOf(device: Device): readonly Label[] {
    const labels: Label[] = [["device_id", device.id]];
    if (!this.#hasName) labels.push(["device_name", ""]);
    for (const { label, read } of this.#everywhere) labels.push([label, read(device)]);
    return labels;
  }

  /** The same as they are written, to be kept for long: one text and names for all devices. */
  ownLabelsOf(device: Device): OwnLabels {
    const labels = this.labelsOf(device);
    this.#names ??= labels.map(([name]) => name);
    // What is joined is one piece of memory; added up it would stay many.
    const text = labels.filter(([, value]) => value !== "")
      .map((label) => renderLabels([label])).join(",");
    return { names: this.#names, text };
  }

  /**
   * A writer that leaves samples of unwanted families out.
   *
   * @param families Those that the writer's table begins with.
   * @returns The same writer if all of them are wanted.
   */
  filter(writer: BlockWriter, families: readonly Family[]): SampleWriter {
    const { drops } = this;
    if (!families.some(({ name }) => drops.namesFamily(name))) return writer;
    // Decided at a family's first sample, so that patterns of families without any count as idle.
    const isDropped = families.map((): boolean | undefined => undefined);
    return {
      begin: (labels) => writer.begin(labels),
      sample(index, value, labels, suffix) {
        isDropped[index] ??= drops.dropsFamily(families[index]?.name ?? "");
        if (!isDropped[index]) writer.sample(index, value, labels, suffix);
      },
      finish: () => writer.finish(),
    };
  }

  /** The further labels of `tailscale_device_info` as they are written. */
  infoTextOf(device: Device, isOnline: boolean): string {
    const { drops } = this;
    const { name } = DEVICE_DEFINITIONS.info;
    const texts: string[] = [];
    const add = (label: string, value: string) => {
      texts.push(`${label}="${escapeLabelValue(value)}"`);
    };
    const hasOs = this.#everywhere.some(({ fact }) => fact === "os");
    if (!this.#hasName) add("device_name", device.name);
    if (!drops.dropsLabel(name, "online")) add("online", String(isOnline));
    if (!hasOs && !drops.dropsLabel(name, "os")) add("os", device.os ?? "");
    if (!drops.dropsLabel(name, "version")) add("version", device.clientVersion ?? "");
    for (const { fact, label, read } of this.#onInfo) {
      const value = read(device);
      if (fact !== "name" && fact !== "os" && value !== "") add(label, value);
    }
    return texts.join(",");
  }

  /** The label of `tailscale_device_user` as it is written. */
  userTextOf(user: string): string {
    const isThere = this.#everywhere.some(({ fact }) => fact === "user");
    if (isThere || this.drops.dropsLabel(DEVICE_DEFINITIONS.user.name, "user_email")) return "";
    return `user_email="${escapeLabelValue(user)}"`;
  }
}
