/**
 * Tags of devices: which texts are tags, how a tag is compared, and how tags are written. Settings,
 * filters, queries and labels all use this one rule. A leaf: imports nothing.
 *
 * Tailscale allows letters, digits and dashes. headscale allows any text in lower case without
 * blanks, and people use colons, underscores and dots there. So a tag is any text that cannot be
 * mistaken for something else: two tags, a pattern, quotes, or a template that was not filled in.
 *
 * @module
 */

/** What {@linkcode parseTag} wants, to complete "want …". */
export const TAG_WANTED = "letters, digits and signs such as - _ . :";

const PREFIX = /^tag:/i;
const START = String.raw`[\p{L}\p{N}_]`;
const REST = String.raw`(?![,*?"'${"`"}\\$\{\}])[\p{L}\p{M}\p{N}\p{P}\p{S}]`;
const TAG = new RegExp(`^(?!tag:)${START}(?:${REST}){0,99}$(?<!:)`, "iu");
const PATTERN = new RegExp(`^(?!tag:)(?:${START}|[*?])(?:${REST}|[*?]){0,99}$(?<!:)`, "iu");

/**
 * One tag.
 *
 * Shape: "tag:location:sgp1" → "location:sgp1"
 *
 * @returns The tag without its "tag:"; undefined if the text is no tag of 1 to 100 characters.
 */
export function parseTag(text: string): string | undefined {
  const tag = bareTag(text);
  return TAG.test(tag) ? tag : undefined;
}

/** The same for a pattern of tags, in which `*` and `?` are wildcards. */
export function parseTagPattern(text: string): string | undefined {
  const pattern = bareTag(text);
  return PATTERN.test(pattern) ? pattern : undefined;
}

/**
 * A tag and the port behind its last colon. What follows that colon is a port if it is a number
 * from 1 to 65535 without leading zeros; otherwise it belongs to the tag.
 *
 * Shape: "db:9187" → "db" and 9187; "location:sgp1" → "location:sgp1" without a port
 *
 * @returns undefined if the text is neither.
 */
export function parseTagAndPort(
  text: string,
): { readonly tag: string; readonly port: number | undefined } | undefined {
  const [, before = "", digits = ""] = /^(.*):([1-9]\d{0,4})$/.exec(text) ?? [];
  const isPort = before !== "" && Number(digits) <= 65_535;
  const tag = parseTag(isPort ? before : text);
  return tag === undefined ? undefined : { tag, port: isPort ? Number(digits) : undefined };
}

/** "tag:exporter" → "exporter". */
export function bareTag(tag: string): string {
  return tag.replace(PREFIX, "");
}

/** A tag as the API writes it: "exporter" → "tag:exporter". */
export function withTagPrefix(tag: string): string {
  return PREFIX.test(tag) ? tag : `tag:${tag}`;
}

/** Whether tag:exporter is among tags, with or without their prefix. */
export function hasExporterTag(tags: readonly string[]): boolean {
  return tags.some((tag) => tagKey(tag) === "tag:exporter");
}

/** What two spellings of a tag, or of a pattern, have in common: the prefix and lower case. */
export function tagKey(tag: string): string {
  return withTagPrefix(tag).toLowerCase();
}

/**
 * Tags as the value of one label: sorted, so that another order in the control plane's answer makes
 * no new series; with commas at both ends, so that `.*,server,.*` matches in any position.
 *
 * Shape: ["tag:server", "tag:db"] → ",db,server,"
 *
 * @returns "" for no tags. A comma inside a tag becomes "_": it would make two tags of one.
 */
export function joinTags(tags: readonly string[]): string {
  if (tags.length === 0) return "";
  return `,${tags.map((tag) => bareTag(tag).replaceAll(",", "_")).toSorted().join(",")},`;
}
