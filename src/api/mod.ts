/**
 * The JSON API: facts in, JSON out. It knows no HTTP; `src/http/api.ts` serves it.
 *
 * @module
 */

export type { JsonObject, Known, KnownFacts } from "./known.ts";
export { openApiDocument } from "./openapi.ts";
export { type ParameterFault, Query, readQuery } from "./parameter.ts";
export { type ApiAnswer, type ApiRoute, matchRoute, type RouteMatch } from "./route.ts";
