/**
 * A handler over fake views, for tests of several of its parts.
 *
 * @module
 */

import { createHandler, type HandlerOptions } from "../../src/http/handler.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fakeViews } from "./_fake_views.ts";

/** A token. */
export const TOKEN = "canary-token-0123456789";

/** The address that asks. */
export const REMOTE = { hostname: "192.0.2.1" } as const;

/** A handler whose clock stands still. */
export function makeHandler(options: Partial<HandlerOptions> = {}) {
  const { delay, now } = new FakeClock();
  return createHandler({
    views: fakeViews(),
    rateLimit: { rps: 1, burst: 1000 },
    now,
    delay,
    ...options,
  });
}

/** The status of a response, whose body is thrown away. */
export async function statusOf(response: Response | Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}
