/**
 * How many external users there are, against the number that a plan permits.
 *
 * The rule: an external user is a login that owns a device of another tailnet, which is shared with
 * this one or with which something is shared. Each login counts once. Users of one's own tailnet,
 * tagged devices, and addresses outside of any tailnet do not count.
 *
 * @module
 */

import type { Visitor } from "./visitor.ts";

/** How many places are taken. */
export interface Quota {
  /** External users, by name. */
  readonly externalUsers: readonly string[];
  /** The number that the plan permits. */
  readonly limit: number;
  /** How many more there may be; 0 if there are too many. */
  readonly available: number;
  /** Whether there are more than permitted. */
  readonly isExceeded: boolean;
}

/** The quota by the visitors that are known: devices of the tailnet, and who made requests. */
export function quotaOf(visitors: Iterable<Visitor>, limit: number): Quota {
  const users = new Set<string>();
  for (const { userClass, user } of visitors) {
    if (userClass === "shared" && user !== undefined) users.add(user);
  }
  return {
    externalUsers: [...users].sort(),
    limit,
    available: Math.max(0, limit - users.size),
    isExceeded: users.size > limit,
  };
}
