/**
 * What was used, as a sentence for the log. It names no user and no service.
 *
 * @module
 */

import type { Usage } from "./ledger.ts";
import type { Quota } from "./quota.ts";

/** Sums up what was used, and how many external users there are. */
export function describeUsage(usage: Usage, quota: Quota): string {
  const { devices, requests, statuses, users } = usage;
  const failed = statuses.of("5xx");
  return [
    `${count(requests, "request")} by ${count(users.size, "user")} ` +
    `from ${count(devices.size, "device")}`,
    ...failed > 0 ? [`${failed} answered by 5xx`] : [],
    `external users: ${quota.externalUsers.length} of ${quota.limit}`,
  ].join(", ");
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
