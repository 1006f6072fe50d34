/**
 * Ports by tag or name: `tag:k8s=9002,proxy-*=9002`. What matches is the business of the fleet.
 *
 * @module
 */

import { parseTagPattern } from "../tag.ts";
import { defineKind, type Kind } from "./kind.ts";
import { parseItems, parseNamePattern } from "./list.ts";

/** The port of some devices. */
export interface PortRule {
  /** A pattern of device names, or of tags without their `tag:`. */
  readonly pattern: string;
  /** Whether it is one of tags. */
  readonly isTag: boolean;
  /** TCP port. */
  readonly port: number;
}

/**
 * Rules `PATTERN=PORT`; their order is kept, because the first that matches counts. `:9002` is the
 * port 9002, as in every setting of a port.
 */
export function portRuleList(): Kind<readonly PortRule[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "PATTERN=PORT, separated by commas, where PATTERN is tag:NAME or a device's name, " +
      "both with * and ?",
    parse: (text) => parseItems(text, parseRule),
    describe: (rules) => rules.map(formatRule),
  });
}

function parseRule(item: string): PortRule | undefined {
  // One equals sign only: with two, a separator other than the comma was meant.
  const [, left = "", digits = ""] = /^([^=]*[^=\s])\s*=\s*:?([1-9]\d{0,4})$/.exec(item) ?? [];
  const port = Number(digits);
  if (left === "" || port > 65_535) return undefined;
  const isTag = /^tag:/i.test(left);
  const pattern = isTag ? parseTagPattern(left) : parseNamePattern(left);
  return pattern === undefined ? undefined : { pattern, isTag, port };
}

function formatRule({ pattern, isTag, port }: PortRule): string {
  return `${isTag ? "tag:" : ""}${pattern}=${port}`;
}
