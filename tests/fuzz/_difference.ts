/**
 * The intended differences between what a Prometheus server reads on a device's page and what we
 * pass on, each with its reason. Anything else is a fault, of ours or of this list.
 *
 * Decided by `src/devices/_content.ts` before a line is read, and so not compared here: a page
 * without Content-Type is taken as text, as server 2 does and server 3 does not; OpenMetrics 2 and
 * protocol buffers are refused, as we ask for neither.
 *
 * @module
 */

import type { DroppedFamily } from "../../src/exposition/mod.ts";
import type { OracleAnswer, OracleSample } from "./_oracle.ts";

/** What became of a page here. */
export interface Outcome {
  /** The device's page. */
  readonly page: Uint8Array;
  /** The error if the page was refused. */
  readonly refusal: Error | undefined;
  /** What was left out if it was not. */
  readonly dropped: readonly DroppedFamily[];
}

/** Pages that a server takes and we refuse. */
const REFUSED: readonly {
  readonly isMeant: (page: Uint8Array, refusal: Error) => boolean;
  readonly why: string;
}[] = [
  {
    isMeant: (page) => page.includes(0),
    why: "a server takes a NUL in one place for the end of the page, silently, and skips it in " +
      "another; we take it in label values, HELP texts and comments",
  },
  {
    isMeant: (_page, refusal) => refusal instanceof RangeError,
    why: "the limits of one page, which `LIMIT_PAGE_…` sets",
  },
];

type Explain = (sample: OracleSample, types: Readonly<Record<string, string>>) => boolean;

/** Samples that a server takes and we leave out, by the reason under which we count them. */
const LEFT_OUT: Readonly<Record<string, { readonly explains: Explain; readonly why: string }>> = {
  duplicate: {
    explains: ({ earlier }) => earlier,
    why: "the first sample counts, as in a server; it tells apart by timestamps, which we drop",
  },
  name: {
    explains: ({ name }) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name.length > 1024,
    why: "colons are for recording rules, other characters need quotes, which old readers refuse",
  },
  reserved: {
    explains: ({ name }) => name === "up" || /^(?:tsmetrics|tailscale|process|scrape)_/.test(name),
    why: "names of ours, and the server's own, are no device's to bring",
  },
  malformed: {
    explains: isMalformed,
    why: "OpenMetrics readers refuse a page with a negative counter or a broken histogram",
  },
  name_conflict: {
    explains: () => true,
    why: "OpenMetrics readers refuse two families of which one might have the other's samples",
  },
};

/** Parts of samples that we leave out while the sample stays. */
const PARTS: Readonly<Record<string, string>> = {
  label: "names with __ in front are the server's, others need quotes; a CR ends a line for some",
  help: "a HELP text that is too long",
};

function isMalformed({ name, value }: OracleSample, types: Readonly<Record<string, string>>) {
  // OpenMetrics declares a counter without the suffix.
  const counter = types[name] ?? types[name.replace(/_total$/, "")];
  if (counter === "counter") return !(Number(value.replace("Inf", "Infinity")) >= 0);
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  return [name, base].some((family) => /^(?:histogram|summary)$/.test(types[family] ?? ""));
}

/**
 * What is wrong.
 *
 * @returns undefined if all that differs is meant.
 */
export function findFault(
  answer: OracleAnswer,
  { page, refusal, dropped }: Outcome,
): string | undefined {
  if (refusal !== undefined) {
    if (answer.device !== undefined) return undefined;
    if (REFUSED.some(({ isMeant }) => isMeant(page, refusal))) return undefined;
    return `a server takes the page, and we do not: ${refusal.message}`;
  }
  const { device, text, openmetrics, extra = [], formats = [] } = answer;
  if (text !== undefined) return `a server refuses our text: ${text}`;
  if (openmetrics !== undefined) return `a server refuses our OpenMetrics: ${openmetrics}`;
  if (formats.length > 0) return `our formats differ in ${JSON.stringify(formats)}`;
  if (device !== undefined) return `we take the page, and a server does not: ${device}`;
  if (extra.length > 0) return `we made up ${JSON.stringify(extra)}, lack ${show(answer)}`;
  return findUnexplained(answer, dropped);
}

function findUnexplained(
  answer: OracleAnswer,
  dropped: readonly DroppedFamily[],
): string | undefined {
  const { missing = [], cut = 0, types = {} } = answer;
  for (const sample of missing) {
    const isMeant = dropped.some(({ family, reason }) =>
      owns(family, sample.name) && LEFT_OUT[reason]?.explains(sample, types) === true
    );
    if (!isMeant) return `we lack ${JSON.stringify(sample)}, left out: ${JSON.stringify(dropped)}`;
  }
  const count = (has: (reason: string) => boolean) =>
    dropped.reduce((sum, { reason, samples }) => has(reason) ? sum + samples : sum, 0);
  const counted = count((reason) => PARTS[reason] === undefined);
  if (counted !== missing.length) {
    return `we lack ${missing.length} samples and count ${counted}: ${JSON.stringify(dropped)}`;
  }
  const labels = count((reason) => reason === "label");
  // Families that are left out as a whole are counted under that reason only.
  if (labels > cut || (missing.length === 0 && labels < cut)) {
    return `${cut} samples lost a label and we count ${labels}`;
  }
  return undefined;
}

/** Whether a sample may be one of a family. */
function owns(family: string, name: string): boolean {
  return name === family || name.startsWith(family.slice(0, 200)) ||
    (name.startsWith(`${family}_`) && /^_(?:bucket|sum|count)$/.test(name.slice(family.length)));
}

function show({ missing = [] }: OracleAnswer): string {
  return JSON.stringify(missing);
}
