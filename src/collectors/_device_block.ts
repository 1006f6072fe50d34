/**
 * What the control plane says about one device, as a block of samples. What it does not say has no
 * sample.
 *
 * @module
 */

import type { ClientConnectivity, Device } from "../control/device.ts";
import { type Block, escapeLabelValue } from "../exposition/mod.ts";
import type { KnownDevice } from "../facts/tailnet_facts.ts";
import { DEVICE_DEFINITIONS, DEVICE_METRIC_INDEX as M } from "./_device_metric.ts";
import { DeviceShape, type SampleWriter } from "./_device_shape.ts";

/** The routes of an exit node. */
const DEFAULT_ROUTES: ReadonlySet<string> = new Set(["0.0.0.0/0", "::/0"]);

const DEFAULT_SHAPE = new DeviceShape();

/**
 * All that the API says about a device as a block.
 *
 * Shape: KnownDevice → 2 to about 60 samples, in the order of {@linkcode DEVICE_METRICS}
 *
 * @param writer Over a table that begins with {@linkcode DEVICE_METRICS}.
 */
export function renderDevice(
  writer: SampleWriter,
  known: Omit<KnownDevice, "key">,
  shape: DeviceShape = DEFAULT_SHAPE,
): Block {
  const { device, isOnline } = known;
  writer.begin(shape.ownLabelsOf(device).text);
  writer.sample(M.info, 1, shape.infoTextOf(device, isOnline));
  flag(writer, M.online, isOnline);
  flag(writer, M.authorized, device.authorized);
  number(writer, M.lastSeen, device.lastSeenSeconds);
  if (device.user !== undefined) writer.sample(M.user, 1, shape.userTextOf(device.user));
  // The API keeps sending the old date after expiry has been switched off.
  if (device.keyExpiryDisabled !== true) number(writer, M.keyExpiry, device.expiresSeconds);
  flag(writer, M.updateAvailable, device.updateAvailable);
  number(writer, M.created, device.createdSeconds);
  flag(writer, M.external, device.isExternal);
  flag(writer, M.blocksIncoming, device.blocksIncomingConnections);
  flag(writer, M.ephemeral, device.isEphemeral);
  flag(writer, M.multipleConnections, device.multipleConnections);
  if (device.tailnetLockError !== undefined) {
    flag(writer, M.lockError, device.tailnetLockError !== "");
  }
  renderRoutes(writer, device);
  if (device.connectivity !== undefined) renderConnectivity(writer, device.connectivity, shape);
  number(writer, M.serialNumbers, device.serialNumberCount);
  return writer.finish();
}

function renderRoutes(
  writer: SampleWriter,
  { advertisedRoutes: advertised, enabledRoutes: enabled, primaryRoutes }: Device,
): void {
  const offered = new Set(advertised);
  const approved = new Set(enabled);
  for (const route of offered) writer.sample(M.routesAdvertised, 1, label("route", route));
  for (const route of approved) writer.sample(M.routesEnabled, 1, label("route", route));
  for (const route of primaryRoutes ?? []) writer.sample(M.routesPrimary, 1, label("route", route));
  if (enabled !== undefined) flag(writer, M.exitNode, hasDefaultRoute(approved));
  if (advertised === undefined) return;
  flag(writer, M.exitNodeOption, hasDefaultRoute(offered));
  flag(writer, M.subnetRouter, advertised.some((route) => !DEFAULT_ROUTES.has(route)));
}

function renderConnectivity(
  writer: SampleWriter,
  connectivity: ClientConnectivity,
  shape: DeviceShape,
): void {
  const hasPreferred = !shape.drops.dropsLabel(DEVICE_DEFINITIONS.latency.name, "preferred");
  const seen = new Set<string>();
  for (const [at, { name, isPreferred }] of connectivity.regions.entries()) {
    const latencyMs = connectivity.latenciesMs[at];
    if (latencyMs === undefined || seen.has(name)) continue;
    seen.add(name);
    const derpRegion = label("derp_region", name);
    const labels = hasPreferred ? `${derpRegion},preferred="${isPreferred}"` : derpRegion;
    writer.sample(M.latency, latencyMs, labels);
  }
  number(writer, M.endpoints, connectivity.endpointCount);
  for (const [feature, isSupported] of connectivity.supports) {
    writer.sample(M.supports, isSupported ? 1 : 0, label("feature", feature));
  }
}

function hasDefaultRoute(routes: ReadonlySet<string>): boolean {
  for (const route of DEFAULT_ROUTES) if (routes.has(route)) return true;
  return false;
}

function flag(writer: SampleWriter, index: number, value: boolean | undefined): void {
  if (value !== undefined) writer.sample(index, value ? 1 : 0);
}

function number(writer: SampleWriter, index: number, value: number | undefined): void {
  if (value !== undefined) writer.sample(index, value);
}

function label(name: string, value: string): string {
  return `${name}="${escapeLabelValue(value)}"`;
}
