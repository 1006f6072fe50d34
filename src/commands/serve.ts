/**
 * The command `serve`: collects at an interval, serves the metrics, shuts down when asked to.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import type { Config } from "../config/mod.ts";
import { ConfigError } from "../errors.ts";
import { Exporter } from "../exporter.ts";
import type { EmbeddedNode } from "../embedded/mod.ts";
import {
  createHandler,
  type Handler,
  isProbe,
  serve,
  type Server,
  type Views,
} from "../http/mod.ts";
import { getLogger } from "../log/log.ts";
import { RESTART_EXIT_CODE } from "../paths/healing.ts";
import type { Runtime } from "../runtime.ts";
import { openSources, type Sidecar, type Sources } from "../source/mod.ts";
import { delayQuietly } from "../time/delay.ts";

/** Exit code that asks for a restart of the program: a Worker is frozen and cannot be stopped. */
const STUCK_EXIT_CODE = 76;

/**
 * Runs until the process is asked to stop, or a part asks for a restart. A second request to stop
 * closes the open requests at once.
 *
 * @param openAll Opens what is configured. Default: the real sources.
 * @returns 0 after an orderly shutdown, 1 if it cannot listen, 75 if tailscaled is to be restarted,
 * 76 if the program is.
 */
export async function runServe(
  config: Config,
  runtime: Runtime,
  openAll: typeof openSources = openSources,
): Promise<number> {
  const log = getLogger("main");
  const stop = new AbortController();
  const hurry = new AbortController();
  runtime.onStop(() => {
    const reason = new Error("asked to stop");
    if (!stop.signal.aborted) return stop.abort(reason);
    if (hurry.signal.aborted) return;
    log.info("Asked to stop again: cutting off open requests");
    hurry.abort(reason);
  });
  const options = { isServing: true, simulatesHost: true };
  await using sources = await openAll(config, runtime, undefined, options);
  let code = 0;
  const exporter = await Exporter.open(config, sources, runtime, {
    onRestart() {
      code = RESTART_EXIT_CODE;
      stop.abort(new Error("tailscaled is to be restarted"));
    },
  });
  const { embedded, sidecar } = sources;
  const endIfStuck = () => {
    if (embedded?.status.state !== "stuck") return;
    code = STUCK_EXIT_CODE;
    stop.abort(new Error("the embedded node is stuck"));
  };
  embedded?.subscribe(endIfStuck);
  // It may have happened while the parts were loaded.
  endIfStuck();
  try {
    const handler = openHandler(config, exporter);
    const guard = await openGuard(config, sidecar, exporter.localCauses);
    const guarded = guard(handler, (path) => isProbe(path, config.webRoutePrefix));
    await using server = await openPort(() => open(config, guarded, hurry.signal));
    if (server === undefined) return 1;
    await using overlay = await openPort(() =>
      openOnTailnet(config, handler, embedded, server.address.port, hurry.signal)
    );
    if (overlay === undefined && embedded !== undefined) return 1;
    await using bridge = await openPort(() =>
      openBridge(config, sources, { guard, causes: exporter.localCauses, hurry: hurry.signal })
    );
    if (bridge === undefined && config.bridge !== undefined) return 1;
    await using access = await openPort(() => exporter.analytics?.listen());
    if (access === undefined && config.accessListen !== undefined) return 1;
    const { hostname, port } = server.address;
    const scheme = config.tlsCertPem === undefined ? "http" : "https";
    const origin = `${scheme}://${bracketed(hostname)}:${port}`;
    log.info("Serving {url} (version {version})", {
      url: `${origin}/metrics`,
      version: config.version,
    });
    if (sources.tailnet?.isDemo === true) {
      tellDemo(`${origin}${config.webRoutePrefix ?? ""}/`, sources.isHostSimulated === true);
    }
    const watch = watchCertificate(config, runtime, stop.signal);
    await sources.joined?.(stop.signal);
    await exporter.run(stop.signal);
    await watch;
    log.info("Shutting down: finishing open requests");
    return code;
  } finally {
    exporter.close();
  }
}

/** Without a certificate nothing is loaded that reads one. */
async function watchCertificate(
  { tlsCertPem }: Config,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<void> {
  if (tlsCertPem === undefined) return;
  const { watchExpiry } = await import("../http/certificate.ts");
  const now = () => runtime.now();
  await watchExpiry(
    { certPem: tlsCertPem, now, delay: delayQuietly, log: getLogger("main") },
    signal,
  );
}

/** Says what there is to see of the demo, and how to go on from it. */
function tellDemo(url: string, isHostSimulated: boolean): void {
  const log = getLogger("main");
  log.info("This is the demo: open {url} in a browser", { url });
  log.info(
    "Devices that fail do so on purpose, with faults that real ones have" +
      (isHostSimulated ? "; keepalive and watchdog are on for the simulated host" : ""),
  );
  log.info(
    "For a tailnet of your own set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET in place of " +
      "TEST_DEVICES; USE_TSNET=true with TS_AUTHKEY joins it without a tailscaled, in a checkout " +
      "after `deno task tsnet`",
  );
}

/** A server; undefined if there is to be none, or its port cannot be had, which the log tells. */
async function openPort<Port extends AsyncDisposable>(
  open: () => Port | undefined | Promise<Port | undefined>,
): Promise<Port | undefined> {
  try {
    return await open();
  } catch (error) {
    // Only the platform can tell that certificate and key do not fit.
    if (error instanceof ConfigError) throw error;
    // A port that cannot be had says which setting to change.
    const text = error instanceof Error ? error.message : String(error);
    getLogger("main").error("{text}", { text });
    return undefined;
  }
}

function openHandler(config: Config, views: Views): Handler {
  return createHandler({
    views,
    sdAddress: config.sdAddress,
    routePrefix: config.webRoutePrefix,
    metricsToken: config.metricsToken,
    users: config.basicAuthUsers,
    wantsCertificate: config.tlsClientCaPem !== undefined,
    rateLimit: { rps: config.rateLimitRps, burst: config.rateLimitBurst },
    log: getLogger("http"),
  });
}

/**
 * Serves the same on the address of the embedded node, to the nodes that may ask. Plain HTTP: the
 * tailnet encrypts.
 */
async function openOnTailnet(
  config: Config,
  handler: Handler,
  embedded: EmbeddedNode | undefined,
  port: number,
  hurry: AbortSignal,
): Promise<Server | undefined> {
  if (embedded === undefined) return undefined;
  const { guardPeers } = await import("../own_node/mod.ts");
  const log = getLogger("tsnet");
  let isTold = false;
  const tell = () => {
    const { addresses: [address], state } = embedded.status;
    if (isTold || state !== "running" || address === undefined) return;
    isTold = true;
    log.info("Serving {url} on the tailnet", {
      url: `http://${bracketed(address)}:${port}/metrics`,
    });
  };
  embedded.subscribe(tell);
  // It may have joined while the parts were loaded.
  tell();
  return serve({
    handler: guardPeers(handler, {
      allowed: config.tsnetAllow,
      ownName: () => embedded.status.name,
      log,
    }),
    hostname: "tailnet",
    port,
    openPort: () => embedded.listen(port),
    hurry,
    log: getLogger("http"),
  });
}

/** Wraps the handler of a port; `isProbe` tells which of its paths say nothing secret. */
type Guard = (handler: Handler, isProbe?: (path: string) => boolean) => Handler;

/**
 * Asks who is behind each connection: the tailscaled of a sidecar forwards what comes in over the
 * tailnet to the same port on loopback, whatever the port. Without a sidecar it wraps nothing.
 *
 * @param causes Shared by all ports, so that an outage of tailscaled is logged once.
 */
async function openGuard(
  config: Config,
  sidecar: Sidecar | undefined,
  causes: Exporter["localCauses"],
): Promise<Guard> {
  if (sidecar === undefined) return (handler) => handler;
  const { guardForwarded } = await import("../sidecar/mod.ts");
  return (handler, isProbe) =>
    guardForwarded(handler, {
      isProbe,
      allowed: config.tsnetAllow,
      causes,
      log: getLogger("tsnet"),
      whois: (address) => sidecar.whois(address),
      isAway: () => sidecar.node.status.state === "unreachable",
      ownName: () => sidecar.node.status.name,
    });
}

function open(config: Config, handler: Handler, hurry: AbortSignal): Server {
  return serve({
    handler,
    hostname: config.bindHost,
    port: config.port,
    certPem: config.tlsCertPem,
    keyPem: config.tlsKeyPem,
    clientCaPem: config.tlsClientCaPem,
    hurry,
    log: getLogger("http"),
  });
}

async function openBridge(
  config: Config,
  { local }: Sources,
  { causes, guard, hurry }: {
    readonly causes: Exporter["localCauses"];
    readonly guard: Guard;
    readonly hurry: AbortSignal;
  },
): Promise<Server | undefined> {
  const { bridge, bridgeToken } = config;
  if (bridge === undefined || local === undefined) return undefined;
  const { createBridgeHandler } = await import("../http/bridge.ts");
  const log = getLogger("bridge");
  const handler = createBridgeHandler({ local, token: bridgeToken, log, causes });
  const server = serve({
    handler: guard(handler),
    hostname: bridge.hostname,
    port: bridge.port,
    settings: { hostname: "BRIDGE", port: "BRIDGE" },
    hurry,
    log,
  });
  const { hostname, port } = server.address;
  log.info("Serving the bridge at http://{address}: /status, /whois/IP, /usermetrics", {
    address: `${bracketed(hostname)}:${port}`,
  });
  return server;
}
