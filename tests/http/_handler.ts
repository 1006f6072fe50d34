/**
 * A handler over fake views, for tests of several of its parts.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createHandler, type HandlerOptions } from "../../src/http/handler.ts";
import type { Remote } from "../../src/http/server/remote.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fakeViews } from "./_fake_views.ts";

/** A token. */
export const TOKEN = "canary-token-0123456789";

/** The address that asks. */
export const REMOTE: Remote = { hostname: "192.0.2.1" };

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

/** The JSON of a refused parameter without what it may repeat of the request. */
export function withoutParameter(text: string): string {
  const { error, parameter, value, ...others } = JSON.parse(text);
  assertEquals(error, `Bad parameter ${parameter}: got "${value}", want ${others.allowed}`);
  return JSON.stringify(others);
}
