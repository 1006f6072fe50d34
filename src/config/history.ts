/**
 * Settings of what happened: history, and classes of nodes.
 *
 * @module
 */

import { parseTagPattern } from "../tag.ts";
import { HOUR_MS } from "../time/timestamp.ts";
import { duration } from "./duration.ts";
import { defineKind, integer, type Kind, onOff } from "./kind.ts";
import { parseItems, parseNamePattern } from "./list.ts";
import type { SettingsOf } from "./setting.ts";

/** A type of nodes, and the patterns of names or tags that give it. */
export interface NodeTypeSetting {
  /** The type. */
  readonly type: string;
  /** Patterns of names, or of tags if they begin with "tag:". */
  readonly patterns: readonly string[];
}

/** What is remembered. */
export interface HistoryConfig {
  /** Whether events and time online are noted. */
  readonly history: "off" | "on";
  /** For how long. Units: milliseconds. */
  readonly historyKeepMs: number;
  /** Maximum number of events. */
  readonly historyMaxEvents: number;
  /** Whether it is kept over a restart. */
  readonly historyStore: "off" | "on";
  /** From one point of each node to the next. Units: milliseconds. */
  readonly healthIntervalMs: number;
  /** From one look at critical nodes to the next. Units: milliseconds. */
  readonly criticalIntervalMs: number;
  /** From one report to the next. Units: milliseconds. */
  readonly reportIntervalMs: number;
  /** Types of nodes, in the order in which they are tried. */
  readonly nodeTypes: readonly NodeTypeSetting[];
  /** Patterns of critical nodes: names, tag:…, type:…. */
  readonly criticalNodes: readonly string[];
}

/** What is remembered. */
export const HISTORY_SETTINGS: SettingsOf<HistoryConfig> = {
  history: {
    variable: "HISTORY",
    kind: onOff(),
    default: "on",
    help: "Record events (a node goes offline, a key expires) and each node's time online.",
  },
  historyKeepMs: {
    variable: "HISTORY_KEEP",
    kind: duration(HOUR_MS, 90 * 24 * HOUR_MS),
    default: "30d",
    help: "How long events and time online are kept; time online takes 4 bytes per node and hour.",
  },
  historyMaxEvents: {
    variable: "HISTORY_MAX_EVENTS",
    kind: integer(100, 1_000_000),
    default: "10000",
    help: "Maximum number of events; the oldest are dropped first. An event takes about 0.3 kB.",
  },
  historyStore: {
    variable: "HISTORY_STORE",
    kind: onOff(),
    default: "on",
    help: "Keep history, alerts and unwritten points over a restart, in origin storage below " +
      "XDG_DATA_HOME or DENO_DIR; without such a directory in memory only. The demo is never kept.",
  },
  healthIntervalMs: {
    variable: "HEALTH_INTERVAL",
    kind: duration(10_000, 24 * HOUR_MS),
    default: "5m",
    help: "Interval at which a point per node is written to INFLUX_URL.",
  },
  criticalIntervalMs: {
    variable: "CRITICAL_INTERVAL",
    kind: duration(10_000, 24 * HOUR_MS),
    default: "2m",
    help: "Interval at which critical nodes are checked. One that is offline is logged: as an " +
      "error for type production, otherwise as a warning.",
  },
  reportIntervalMs: {
    variable: "REPORT_INTERVAL",
    kind: duration(10_000, 24 * HOUR_MS),
    default: "1h",
    help: "Interval at which a report is logged and recorded as a health_check event.",
  },
  nodeTypes: {
    variable: "NODE_TYPES",
    kind: nodeTypeList(),
    default: "git=*git*;development=*dev*;production=chocolate-factory*",
    example: "production=tag:prod,db-*;development=*dev*",
    help:
      "Types of nodes: TYPE=PATTERN,…;… with patterns of names, or of tags (tag:PATTERN). The " +
      "first match counts; other nodes have the type other.",
  },
  criticalNodes: {
    variable: "CRITICAL_NODES",
    kind: criticalList(),
    default: "type:git,type:development,type:production",
    example: "type:production,tag:critical,gateway-*",
    help: "Critical nodes: patterns of names, tags (tag:PATTERN) or types (type:PATTERN).",
  },
};

/** A word for a type of nodes; label values and query parameters have it. */
const TYPE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$/;

function nodeTypeList(): Kind<readonly NodeTypeSetting[]> {
  return defineKind({
    placeholder: "LIST",
    wanted:
      "TYPE=PATTERN,…;… where TYPE is a word and PATTERN is a name or tag:NAME, both with * " +
      "and ?",
    parse(text) {
      const rules = text.split(";").map((part) => part.trim()).filter((part) => part !== "")
        .map(parseTypeRule);
      return rules.every((rule) => rule !== undefined) ? rules : undefined;
    },
    describe: (rules) => rules.map(({ patterns, type }) => `${type}=${patterns.join(",")}`),
  });
}

function parseTypeRule(text: string): NodeTypeSetting | undefined {
  const [, type = "", list = ""] = /^([^=]*[^=\s])\s*=([^=]+)$/.exec(text) ?? [];
  const patterns = parseItems(list, parseNodePattern);
  if (!TYPE.test(type) || patterns === undefined || patterns.length === 0) return undefined;
  return { type, patterns };
}

function criticalList(): Kind<readonly string[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "names, tag:NAME or type:NAME, all with * and ?, separated by commas",
    parse: (text) =>
      parseItems(text, (item) => {
        const [, type] = /^type:(.*)$/i.exec(item) ?? [];
        if (type === undefined) return parseNodePattern(item);
        return /^[\w.*?-]{1,50}$/.test(type) ? `type:${type}` : undefined;
      }),
  });
}

/** A pattern of names, or of tags with their prefix; undefined if the text is neither. */
function parseNodePattern(text: string): string | undefined {
  if (!/^tag:/i.test(text)) return parseNamePattern(text);
  const tag = parseTagPattern(text);
  return tag === undefined ? undefined : `tag:${tag}`;
}
