/**
 * Comma lists: patterns of device names, tags, the devices of the demo, and address blocks. Blanks
 * around an item and empty items are dropped, so that a comma at the end does no harm.
 *
 * @module
 */

import { type Cidr, parseCidr } from "../cidr.ts";
import { parseTag, parseTagPattern, TAG_WANTED } from "../tag.ts";
import { defineKind, type Kind, parseSwitch } from "./kind.ts";

/** The most devices a demo may have. */
export const MAX_DEMO_DEVICES = 10_000;

const PATTERN = /^[\p{L}\p{N}\p{P}\p{S} ]{1,253}$/u;
const DEVICE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/;

/** Patterns of device names, `gateway-*`; what they mean is the business of the device filter. */
export function patternList(): Kind<readonly string[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "names or patterns with * and ?, separated by commas",
    parse: (text) => parseItems(text, parseNamePattern),
  });
}

/** One pattern of device names; undefined if the text is none. */
export function parseNamePattern(text: string): string | undefined {
  return PATTERN.test(text) ? text : undefined;
}

/** Some of a few words, in any case and each once; `all` is every one of them. */
export function someOf<T extends string>(...words: readonly T[]): Kind<readonly T[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: `${words.join(", ")}, separated by commas, or all`,
    parse(text) {
      const items = parseItems(
        text.toLowerCase(),
        (item) => item === "all" ? item : words.find((word) => word === item),
      );
      if (items === undefined) return undefined;
      return items.includes("all") ? words : words.filter((word) => items.includes(word));
    },
  });
}

/** Tags, kept without their `tag:`. */
export function tagList(): Kind<readonly string[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: `tags of ${TAG_WANTED}, separated by commas, with or without tag:`,
    parse: (text) => parseItems(text, parseTag),
  });
}

/** Tags or patterns of tags, kept without their `tag:`. */
export function tagPatternList(): Kind<readonly string[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "tags or patterns with * and ?, separated by commas, with or without tag:",
    parse: (text) => parseItems(text, parseTagPattern),
  });
}

/** One tag, kept without its `tag:`; the empty text is a value. */
export function tagOrNone(): Kind<string> {
  return defineKind({
    placeholder: "TAG",
    wanted: `one tag of ${TAG_WANTED}, with or without tag:, or nothing`,
    parse: (text) => text === "" ? "" : parseTag(text),
  });
}

/** Names of demo devices, or `demo`, or `demo:40`. */
export function demoList(): Kind<readonly string[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: `demo, demo:N with N from 1 to ${MAX_DEMO_DEVICES}, or device names, ` +
      "separated by commas, or nothing for a real tailnet",
    parse: (text) => {
      const items = parseItems(text, parseDemoItem);
      const hasFleet = items?.some((item) => /^demo(?:$|:)/.test(item)) ?? false;
      return hasFleet && items?.length !== 1 ? undefined : items;
    },
  });
}

/** Address blocks, `10.0.0.0/8`. */
export function cidrList(): Kind<readonly Cidr[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "addresses or address blocks such as 10.0.0.0/8 or fd00::/8, separated by commas",
    parse: (text) => parseItems(text, parseCidr),
    describe: (blocks) => blocks.map(String),
  });
}

/**
 * The items of a comma list.
 *
 * @returns undefined if one is not what is wanted, or there are commas alone.
 */
export function parseItems<T>(
  text: string,
  parse: (item: string) => T | undefined,
): readonly T[] | undefined {
  const values: T[] = [];
  for (const item of text.split(",").map((part) => part.trim())) {
    if (item === "") continue;
    const value = parse(item);
    if (value === undefined) return undefined;
    values.push(value);
  }
  // Commas alone say nothing, and are most likely a template that was not filled in.
  return values.length === 0 && text !== "" ? undefined : values;
}

function parseDemoItem(item: string): string | undefined {
  const [word, count] = /^demo(?::(\d{1,6}))?$/i.exec(item) ?? [];
  if (word === undefined) {
    // TEST_DEVICES=false asks for no demo, not for a device of that name.
    return DEVICE_NAME.test(item) && parseSwitch(item) === undefined ? item : undefined;
  }
  if (count === undefined) return "demo";
  return Number(count) >= 1 && Number(count) <= MAX_DEMO_DEVICES ? `demo:${count}` : undefined;
}
