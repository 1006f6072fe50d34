/**
 * The client of headscale's own API.
 *
 * @module
 */

export { createHeadscaleApi, type HeadscaleOptions } from "./api.ts";
