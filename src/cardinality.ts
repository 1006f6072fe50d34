/**
 * What an operator says about series that are not worth their price: patterns of families and
 * labels to leave out, and facts of a device to add as labels. The words only; the collectors know
 * what becomes of them. A leaf: imports nothing.
 *
 * @module
 */

/** What is to be left out: families, or a label of families. */
export interface DropPattern {
  /** Glob of the families' names. */
  readonly family: string;
  /** Glob of the labels' names; undefined leaves out the families as a whole. */
  readonly label: string | undefined;
}

/**
 * A pattern from its text.
 *
 * Shape: "tailscaled_serve_*" → families; "family{label}" → a label of them; "{label}" → of all
 *
 * @returns undefined for any other text.
 */
export function parseDropPattern(text: string): DropPattern | undefined {
  const match = /^([\w:*?]{0,200})(?:\{([\w*?]{1,100})\})?$/.exec(text);
  const [, family = "", label] = match ?? [];
  if (match === null || (family === "" && label === undefined)) return undefined;
  return { family: family === "" ? "*" : family, label };
}

/** A pattern as one would write it. */
export function formatDropPattern({ family, label }: DropPattern): string {
  if (label === undefined) return family;
  return family === "*" ? `{${label}}` : `${family}{${label}}`;
}

/** What of a device can be a label. */
export type DeviceFact =
  /** `device_name`: the API's name. */
  | "name"
  /** `os`: the operating system. */
  | "os"
  /** `user_email`: the owner's login name. */
  | "user"
  /** `tags`: its tags, as `,exporter,server,`. */
  | "tags";

/** Every fact, in the order in which the labels stand. */
export const DEVICE_FACTS: readonly DeviceFact[] = ["name", "os", "user", "tags"];

/** A fact, and the series that have it as a label. */
export interface LabelChoice {
  /** What is shown. */
  readonly fact: DeviceFact;
  /** Whether all series of the device have it; else it stands on `tailscale_device_info` only. */
  readonly isEverywhere: boolean;
}

/** A choice from its text, "tags" or "*:tags"; undefined for any other text. */
export function parseLabelChoice(text: string): LabelChoice | undefined {
  const isEverywhere = text.startsWith("*:");
  const word = text.slice(isEverywhere ? 2 : 0).toLowerCase();
  const fact = DEVICE_FACTS.find((each) => each === word);
  return fact === undefined ? undefined : { fact, isEverywhere };
}

/** A choice as one would write it. */
export function formatLabelChoice({ fact, isEverywhere }: LabelChoice): string {
  return isEverywhere ? `*:${fact}` : fact;
}
