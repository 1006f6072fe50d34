/**
 * A request of an access log as a point. The record is redacted already, by ACCESS_REDACT.
 *
 * @module
 */

import type { AccessRecord } from "../access/record.ts";
import type { Point } from "./line_protocol.ts";

/** The measurement of requests. */
export const ACCESS_MEASUREMENT = "tailscale_access";

/** Whether points of a measurement tell who did something. */
export function isPersonal(measurement: string): boolean {
  return measurement === ACCESS_MEASUREMENT;
}

/** Nanoseconds of a millisecond: requests that are told apart within one. */
const NS_PER_MS = 1_000_000;

/**
 * Makes points of requests. Logs tell time by the second, and points with the same tags and time
 * are one: each request has other nanoseconds.
 *
 * @param random From 0 to below 1: the first nanoseconds, so that two processes differ.
 */
export function createAccessPoints(random: number): (record: AccessRecord) => Point {
  let extraNs = Math.floor(random * NS_PER_MS);
  return function accessPoint({ atMs, endpoint, seconds, status, visitor }) {
    extraNs = (extraNs + 1) % NS_PER_MS;
    return {
      measurement: ACCESS_MEASUREMENT,
      tags: { user: visitor.user, device: visitor.device, endpoint },
      fields: { status: BigInt(status), response_time: seconds },
      atMs: Math.floor(atMs),
      extraNs,
    };
  };
}
