/**
 * The log of a node of ours: one line for each change of its state, and one for tags that it lacks.
 *
 * @module
 */

import type { Logger } from "../log/log.ts";
import { bareTag, hasExporterTag, withTagPrefix } from "../tag.ts";
import { isIn, type NodeStatus } from "./node_status.ts";
import { describeStatus, type LoginWays, type NodeName } from "./status_text.ts";

/** What {@linkcode createStatusLog} is told. */
export interface StatusLogOptions {
  /** Where the lines go. */
  readonly log: Logger;
  /** Tags that the node must have, without `tag:`. */
  readonly tags: readonly string[];
  /** Whether it must have tag:exporter. Default: false. */
  readonly needsExporter?: boolean | undefined;
  /** What the lines call the node. */
  readonly name: NodeName;
  /** How it can log in. Default: by an auth key and at a URL. */
  readonly ways?: LoginWays | undefined;
}

/** The sentence for a node without the tag that `REQUIRE_EXPORTER_TAG` wants. */
function lackOfTag(name: NodeName): string {
  return `The ${name} lacks tag:exporter, which REQUIRE_EXPORTER_TAG wants: give it that tag ` +
    "at the control plane, or register it with a key that has it.";
}

/** Stands for what is said of a control plane that is not reached. */
const UNREACHED = "unreached";

/** Maximum number of reasons told of one outage: looks at a sidecar follow every second. */
const MAX_REASONS = 5;

/** A reason without what a server may word anew each time: its own words, and numbers. */
function kindOf(sentence: string): string {
  return sentence.replace(/"[^"]*"/g, '""').replace(/\d+/g, "0");
}

/** Whether the status is told with a reason that may be another one at each look or attempt. */
function isOutage({ error, state }: NodeStatus): boolean {
  return state === "unreachable" || (state === "needs_login" && error !== undefined);
}

/** Logs a status when it differs from the one before in what it asks for. */
export function createStatusLog(options: StatusLogOptions): (status: NodeStatus) => void {
  const { log, name, ways } = options;
  let said = "";
  let wasIn = false;
  let wasAway = false;
  const reasons = new Set<string>();
  return (status) => {
    if (status.state === "starting") {
      // After a crash its return is told. An attempt to log in that fails as before is not.
      if (wasIn) said = "";
      wasIn = wasAway = false;
      // Once, though the reason may change while the network does.
      if (status.error === undefined || said === UNREACHED) return;
      said = UNREACHED;
      reasons.clear();
      return log.warning("{sentence}", { sentence: describeStatus(status, name, ways) });
    }
    wasIn = isIn(status.state);
    // Told when the devices answer, as one with the return of the control plane.
    if (status.reach === "returning") return;
    const wasTold = wasAway && status.state === "control_away" && status.reach !== "none";
    const isBack = wasAway && status.state === "running";
    wasAway = status.state === "control_away";
    const sentence = describeStatus(status, name, ways);
    if (sentence === said) return;
    said = sentence;
    if (!isOutage(status)) reasons.clear();
    else if (reasons.has(kindOf(sentence)) || reasons.size >= MAX_REASONS) return;
    else reasons.add(kindOf(sentence));
    if (wasTold) return;
    switch (status.state) {
      case "running":
        if (isBack) log.info("The {name} reaches the control plane again", { name });
        else {
          log.info("Joined the tailnet as {name} ({addresses})", {
            name: status.name ?? "unknown",
            addresses: status.addresses.join(", "),
          });
        }
        tellTags(options, status.tags);
        return;
      case "control_away":
        return log.warning("{sentence}", { sentence });
      default:
        return log.error("{sentence}", { sentence });
    }
  };
}

/** Does not request what is missing: control planes refuse a node that asks for tags. */
function tellTags(options: StatusLogOptions, actual: readonly string[]): void {
  const { log, name, needsExporter = false, tags } = options;
  const has = new Set(actual.map((tag) => bareTag(tag).toLowerCase()));
  if (needsExporter && !hasExporterTag(actual)) {
    log.error("{sentence}", { sentence: lackOfTag(name) });
  }
  const missing = tags.filter((tag) => !has.has(tag.toLowerCase()));
  if (missing.length === 0) return;
  log.warning(
    "The {name} lacks {missing} of TSNET_TAGS: it has {actual}; give it these tags at the " +
      "control plane, or register it with a key that has them",
    {
      name,
      missing: missing.map(withTagPrefix).join(", "),
      actual: actual.length === 0 ? "no tags" : actual.join(", "),
    },
  );
}
