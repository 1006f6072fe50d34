/**
 * A poll over a tailscaled of a test.
 *
 * @module
 */

import { StatusPoll, type StatusPollOptions } from "../../../src/collectors/host/_status_poll.ts";
import { TimeSlice } from "../../../src/time/slice.ts";

/** Both clocks, as a `FakeClock` has them. */
interface Clocks {
  readonly now: () => number;
  readonly elapsed: () => number;
}

/** A poll by these clocks that never has to wait for a turn. Default interval: 30 s. */
export function makePoll(
  local: StatusPollOptions["local"],
  { now, elapsed }: Clocks,
  options: Partial<StatusPollOptions> = {},
): StatusPoll {
  const slice = new TimeSlice({ elapsed: () => 0, pause: () => Promise.resolve() });
  return new StatusPoll({ local, now, elapsed, slice, intervalMs: 30_000, ...options });
}
