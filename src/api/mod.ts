/**
 * The JSON API: facts in, JSON out. It knows no HTTP; `src/http/json_api.ts` serves it.
 *
 * @module
 */

export { quotaJson, RECENT, recordJson, usageJson } from "./access.ts";
export { eventQuery } from "./event.ts";
export { EventFeed, type EventFeedOptions } from "./event_feed.ts";
export type { ApiSource, FactSource, Monitored, StreamCounts, StreamTopic } from "./fact_source.ts";
export { openApiDocument } from "./openapi.ts";
export {
  integerParameter,
  type Parameter,
  type ParameterFault,
  Query,
  readQuery,
} from "./parameter.ts";
export {
  type ApiAnswer,
  type ApiRoute,
  isFault,
  matchRoute,
  type RouteMatch,
} from "./api_route.ts";
export { API_ROUTES, STREAM_ROUTE } from "./route_table.ts";
