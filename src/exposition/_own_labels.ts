/**
 * The labels that we add to a device's samples, rendered once and used for many pages.
 *
 * @module
 */

import type { Label } from "./family.ts";
import { renderLabels } from "./text.ts";

/** Our labels as text, made once for all pages that get the same ones. */
export interface OwnLabels {
  /** All names, those of empty values too: a device's own label of that name is renamed. */
  readonly names: readonly string[];
  /** The labels that have a value, as `renderLabels` writes them. */
  readonly text: string;
}

/** Our labels as text; of one with an empty value only the name. */
export function ownLabels(labels: readonly Label[]): OwnLabels {
  const text = renderLabels(labels.filter(([, value]) => value !== ""));
  return { names: labels.map(([name]) => name), text };
}
