/**
 * Classes of nodes: a type, such as "production", and whether a node is critical. Both come from
 * rules of the operator, of which the first that matches decides. Pure.
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import { ownTags } from "../devices/mod.ts";
import { namesOf } from "../selector.ts";
import { tagKey } from "../tag.ts";
import { matchGlob } from "../text/glob.ts";

/** The type of a node that no rule matches. */
export const OTHER_TYPE = "other";

/** One rule: nodes that match any of the patterns have the type. */
export interface NodeTypeRule {
  /** The type that it gives. */
  readonly type: string;
  /** Patterns of names, or of tags if they begin with "tag:"; at least one. */
  readonly patterns: readonly string[];
}

/** What {@linkcode createClassifier} goes by. */
export interface ClassifierOptions {
  /** Rules of types, in the order in which they are tried. */
  readonly types: readonly NodeTypeRule[];
  /** What is critical: patterns of names, of tags (tag:…), or of types (type:…). */
  readonly critical: readonly string[];
}

/** What a node is. */
export interface NodeClass {
  /** Its type; {@linkcode OTHER_TYPE} if no rule matches. */
  readonly type: string;
  /** Whether it is critical. */
  readonly isCritical: boolean;
  /** The rule that gave the type, as the setting spells it; undefined if none did. */
  readonly typeRule: string | undefined;
  /** The entry that made it critical; undefined if none did. */
  readonly criticalRule: string | undefined;
}

/**
 * A function that classifies devices, compiled once. It remembers the class of each device object,
 * which stays the same while the control plane says the same.
 */
export function createClassifier(options: ClassifierOptions): (device: Device) => NodeClass {
  const types = options.types.flatMap(({ type, patterns }) =>
    patterns.map((pattern) => ({ type, matches: matcherOf(pattern), rule: `${type}=${pattern}` }))
  );
  const critical = options.critical.map((entry) => {
    const [, type] = /^type:(.*)$/i.exec(entry) ?? [];
    const matches = type === undefined
      ? matcherOf(entry)
      : (subject: Subject) => matchGlob(type.toLowerCase(), subject.type);
    return { entry, matches };
  });
  const known = new WeakMap<Device, NodeClass>();
  function classify(device: Device): NodeClass {
    const untyped = subjectOf(device);
    const first = types.find(({ matches }) => matches(untyped));
    const type = first?.type ?? OTHER_TYPE;
    const subject = { ...untyped, type: type.toLowerCase() };
    const criticalRule = critical.find(({ matches }) => matches(subject))?.entry;
    return { type, isCritical: criticalRule !== undefined, typeRule: first?.rule, criticalRule };
  }
  return (device) => {
    let found = known.get(device);
    if (found === undefined) known.set(device, found = classify(device));
    return found;
  };
}

/** A device in the words that patterns are compared with, in lower case. */
interface Subject {
  /** Short name, host name and id. */
  readonly shortNames: readonly string[];
  /** The same, and the full name. */
  readonly names: readonly string[];
  readonly tags: readonly string[];
  readonly type: string;
}

function subjectOf(device: Device): Subject {
  const names = namesOf(device);
  const shortNames = names.map((name) => name.split(".", 1)[0] ?? name);
  return { names, shortNames, tags: ownTags(device).map(tagKey), type: "" };
}

/**
 * Whether a node's names or tags match a pattern.
 *
 * @param pattern A glob of names in any case, or of tags if it begins with "tag:".
 */
function matcherOf(pattern: string): (subject: Subject) => boolean {
  const glob = pattern.toLowerCase();
  return glob.startsWith("tag:")
    ? ({ tags }) => tags.some((tag) => matchGlob(glob, tag))
    // Without a dot it is about the machine: "*dev*" must not match every node of dev.example.com.
    : ({ names, shortNames }) =>
      (glob.includes(".") ? names : shortNames).some((name) => matchGlob(glob, name));
}
