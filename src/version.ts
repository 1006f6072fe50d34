/**
 * What this build calls itself. `deno task compile` and the environment (`VERSION`, `BUILD_TIME`)
 * may say otherwise; these are the words of a plain checkout.
 *
 * @module
 */

/** The version of this source tree. */
export const VERSION = "0.1.0";

/** When this build was made; "unknown" for a plain checkout. */
export const BUILD_TIME = "unknown";
