/**
 * This host's own page of metrics, asked of its tailscaled itself instead of over the tailnet, and
 * shown as any device's page is. Opt-in: the client metrics, some three hundred more families.
 *
 * @module
 */

import { describeError } from "../../errors.ts";
import type { Relabeler } from "../../exposition/mod.ts";
import type { Logger } from "../../log/log.ts";
import type { Device } from "../../control/device.ts";
import { createDeviceKey } from "../../facts/device_key.ts";
import {
  causeOf,
  type LocalApi,
  LocalApiError,
  type LocalPeer,
} from "../../tailscale/local/mod.ts";
import { type SharedCauses, TroubleLog } from "../../log/trouble.ts";
import { joinPages } from "./_native_page.ts";
import type { PageRelay, RelayedDevice } from "../_page_relay.ts";
import { peerNameOf } from "./_peer_observation.ts";
import { DeviceShape } from "../_device_shape.ts";
import type { Collector } from "../collection_loop.ts";

/** A page with the client metrics has some 330 families; a device's own may have 200. */
const MAX_FAMILIES = 800;

/** What a {@linkcode NativeCollector} needs. */
export interface NativeCollectorOptions {
  /** The tailscaled that is asked. */
  readonly local: Pick<LocalApi, "isOwnNode" | "metrics" | "status" | "usermetrics">;
  /** Where the page is shown: with those of all devices, since their families are the same. */
  readonly relay: PageRelay;
  /**
   * What is shown of a device, and with which labels. Default: everything, with id and name.
   */
  readonly shape?: DeviceShape;
  /** The API's device by the stable id of its node, as long as there is one. */
  readonly findDevice: (nodeId: string, id?: string) => RelayedDevice | undefined;
  /** This host, where another collector has asked already. Default: asked for here. */
  readonly self?: () => LocalPeer | undefined;
  /** Whether the client metrics are wanted, too; needs the rights of root or of the operator. */
  readonly withClientMetrics: boolean;
  /** Is told of troubles, once each. */
  readonly log: Logger;
  /** Causes of trouble that other parts which ask this tailscaled log as well. Default: none. */
  readonly causes?: SharedCauses | undefined;
}

/** Asks tailscaled for its metrics once a cycle. */
export class NativeCollector implements Collector {
  /** The target that its errors are counted under. */
  readonly name = "native";
  readonly #options: NativeCollectorOptions;
  readonly #trouble: TroubleLog;
  readonly #shape: DeviceShape;
  readonly #reader: Relabeler;
  /** This host as it was last known; it stays the same host while that is unknown. */
  #self: LocalPeer | undefined;
  #shown: RelayedDevice | undefined;

  /**
   * A collector that shows nothing until the first cycle.
   *
   * @param options The tailscaled, where its page is shown, and who is told.
   */
  constructor(options: NativeCollectorOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log, options.causes);
    this.#shape = options.shape ?? new DeviceShape();
    this.#reader = options.relay.makeReader({ maxFamilies: MAX_FAMILIES });
  }

  /** Whether the host's metrics are shown. */
  get isShown(): boolean {
    return this.#shown !== undefined;
  }

  /** Whether a device is this host, and its metrics are shown from here. */
  shows({ key, device: { id, nodeId } }: RelayedDevice): boolean {
    if (this.#shown === undefined || this.#shown.key === key) return this.#shown !== undefined;
    // Which tailnet the host belongs to may not be known yet.
    if (this.#shown.key !== hostKeyOf(this.#shown.device.id)) return false;
    return id === this.#shown.device.id || nodeId !== undefined && nodeId === this.#self?.id;
  }

  /** One cycle: asks for the page and shows it; one that fails takes the page away. */
  async collect(signal: AbortSignal): Promise<void> {
    const { local } = this.#options;
    try {
      // The page first: a tailscaled that is silent is then always silent about the same.
      const page = await local.usermetrics(signal);
      const self = await this.#identify(signal);
      this.#trouble.over("page", "The metrics of tailscaled can be read again");
      if (self === undefined) {
        this.#hide();
        // Our own node tells itself why it is not in a tailnet.
        if (local.isOwnNode) return;
        this.#trouble.report(
          "self",
          "Cannot show the metrics of tailscaled: it is no node of a tailnet; run `tailscale up`",
        );
        return;
      }
      this.#trouble.over("self", "tailscaled is a node of a tailnet again");
      await this.#show(self, page, await this.#readClientMetrics(signal), signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#hide();
      if (!(error instanceof LocalApiError)) throw error;
      const { message: reason, failure } = error;
      this.#trouble.report("page", "{reason}", { reason, failure }, { cause: causeOf(error) });
    }
  }

  async #identify(signal: AbortSignal): Promise<LocalPeer | undefined> {
    const { local, self } = this.#options;
    const now = self?.() ?? (await local.status({ withPeers: false, signal })).self;
    this.#self = now ?? this.#self;
    return this.#self;
  }

  /** The client metrics, if they are wanted and can be had. */
  async #readClientMetrics(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { local, withClientMetrics } = this.#options;
    if (!withClientMetrics) return undefined;
    try {
      const page = await local.metrics(signal);
      this.#trouble.over("client", "The client metrics of tailscaled can be read again");
      return page;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof LocalApiError)) throw error;
      const { failure, message: reason } = error;
      const message = "{reason}; the other metrics go on";
      this.#trouble.report("client", message, { reason, failure }, { cause: causeOf(error) });
      return undefined;
    }
  }

  async #show(
    self: LocalPeer,
    page: Uint8Array,
    clientPage: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { findDevice, relay } = this.#options;
    const shown = findDevice(self.id, self.nodeId) ?? relayedFrom(self);
    const labels = this.#shape.labelsOf(shown.device);
    if (this.#shown?.key !== shown.key) this.#forget();
    const check = () => signal.throwIfAborted();
    const take = async (make: () => Uint8Array, key: string, what: string) => {
      try {
        await relay.take(shown, make(), labels, { reader: this.#reader, check });
        relay.settleLines();
        this.#trouble.over(key, `Every line of ${what} can be used again`);
        return true;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        // A text that changes with each look must not make a new line of each.
        this.#trouble.report(key, `Cannot use ${what} of tailscaled`, {
          reason: describeError(error),
        });
        return false;
      }
    };
    const isWhole = clientPage !== undefined &&
      await take(() => joinPages(page, clientPage), "joined", "the client metrics");
    if (isWhole || await take(() => page, "lines", "the metrics")) this.#shown = shown;
    else this.#hide();
  }

  /** Only what was shown from here: by now the page may come another way. */
  #hide(): void {
    if (this.#shown !== undefined) this.#options.relay.hide(this.#shown.key);
    this.#shown = undefined;
  }

  #forget(): void {
    if (this.#shown !== undefined) this.#options.relay.forget(this.#shown.key);
    this.#shown = undefined;
  }
}

/** Key of a host whose tailnet is not known. */
const hostKeyOf = createDeviceKey("");

/** This host as a device of which the API says nothing. */
function relayedFrom(self: LocalPeer): RelayedDevice {
  const device = deviceFrom(self);
  return { key: hostKeyOf(device.id), device };
}

function deviceFrom(self: LocalPeer): Device {
  return {
    // The API's id, so that the series are the same whether or not the API has told of the device.
    id: self.nodeId ?? self.id,
    nodeId: self.id,
    nodeKey: self.publicKey,
    name: peerNameOf(self),
    hostname: self.hostname,
    addresses: self.addresses,
    user: undefined,
    tags: self.tags,
    os: self.os,
    clientVersion: undefined,
    connectedToControl: self.isOnline,
    lastSeenSeconds: undefined,
    createdSeconds: undefined,
    expiresSeconds: self.keyExpirySeconds,
    keyExpiryDisabled: undefined,
    authorized: undefined,
    isExternal: undefined,
    isEphemeral: undefined,
    updateAvailable: undefined,
    blocksIncomingConnections: undefined,
    multipleConnections: undefined,
    tailnetLockError: undefined,
    advertisedRoutes: undefined,
    enabledRoutes: undefined,
    primaryRoutes: undefined,
    connectivity: undefined,
    serialNumberCount: undefined,
  };
}
