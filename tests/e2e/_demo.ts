/**
 * The demo tailnet as a busy machine can scrape it.
 *
 * @module
 */

/** One of the demo's devices does not answer; the others do within this timeout. */
export const UNHURRIED_DEMO = { TEST_DEVICES: "demo", CLIENT_METRICS_TIMEOUT: "8s" } as const;
