/**
 * What the HTTP side offers: a handler over {@linkcode Views}, the server that runs it, and the
 * loopback server for the demo tailnet.
 *
 * @module
 */

export { type BridgeOptions, createBridgeHandler } from "./bridge.ts";
export { createHandler, type Handler, type HandlerOptions, type Remote } from "./handler.ts";
export { type Address, listenLoopback } from "./listen.ts";
export { serve, type ServeOptions, type Server } from "./serve.ts";
export type {
  DebugReport,
  DeviceReport,
  HealthReport,
  HealthStatus,
  RenderedPage,
  ScrapeState,
  Views,
} from "./view.ts";
