/**
 * The JSON API: facts in, JSON out. It knows no HTTP; `src/http/api.ts` serves it.
 *
 * @module
 */

export type { JsonObject, Known, KnownFacts, Monitored } from "./known.ts";
export { openApiDocument } from "./openapi.ts";
export { type ParameterFault, Query, readQuery } from "./parameter.ts";
export { type ApiAnswer, type ApiRoute, isFault, matchRoute, type RouteMatch } from "./route.ts";
export { API_ROUTES } from "./table.ts";
