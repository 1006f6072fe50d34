/**
 * What Tailscale's API and this host's tailscaled say on the wire: the client of the API.
 *
 * @module
 */

export { type ApiOptions, createApi, type Credentials } from "./api.ts";
