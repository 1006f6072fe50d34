/**
 * What the HTTP side offers: a handler over {@linkcode Views}, the server that runs it, and the
 * loopback server for the demo tailnet. The bridge is not listed: `bridge.ts` is loaded where one
 * is configured.
 *
 * @module
 */

export { createHandler, type Handler, type HandlerOptions } from "./handler.ts";
export type { Address, Port, PortConnection } from "./server/listen.ts";
export { listenLoopback } from "./loopback.ts";
export { isProbe } from "./probe.ts";
export type { Remote, RemotePeer } from "./server/remote.ts";
export { serve, type ServeOptions, type Server } from "./server/server.ts";
export type { DebugReport, HealthReport, HealthStatus, RenderedPage, Views } from "./view.ts";
