/**
 * Settings about the host that the program runs on: how its tailscaled is asked, what is kept up
 * and mended there, and who may ask in turn.
 *
 * @module
 */

import type { Secret } from "../secret/secret.ts";
import { type ListenAddress, listenAddress, plainUrl } from "./address.ts";
import { ownToken } from "./credential_kind.ts";
import { duration } from "./duration.ts";
import {
  alsoSpelled,
  boolean,
  integer,
  type Kind,
  oneOf,
  onOff,
  parseSwitch,
  secret,
  text,
} from "./kind.ts";
import { patternList, someOf, tagPatternList } from "./list.ts";
import type { SettingsOf } from "./setting.ts";

/** How the host's tailscaled is asked: at most one way. */
export interface LocalConfig {
  /** Path of tailscaled's socket; only `tsmetrics-host` may open one. */
  readonly localApiSocket?: string;
  /** LocalAPI behind a TCP forward. */
  readonly localApiUrl?: URL;
  /** Password of a LocalAPI that listens on TCP itself. */
  readonly localApiPassword?: Secret;
  /** The bridge of another tsmetrics, or one with the same two paths. */
  readonly bridgeUrl?: URL;
  /** What the bridge wants, or what ours asks for. */
  readonly bridgeToken?: Secret;
  /** Where our own bridge listens; absent = there is none. */
  readonly bridge?: ListenAddress;
  /** Deadline of one call. Units: milliseconds. */
  readonly localApiTimeoutMs: number;
  /** Time between the starts of two looks at the peers. Units: milliseconds. */
  readonly peersIntervalMs: number;
  /** Kinds of peers that are taken although they are no machines of the tailnet. */
  readonly peersInclude: readonly ("mullvad" | "funnel" | "sharee")[];
  /** Time between the starts of two reads of tailscaled's own metrics. Units: milliseconds. */
  readonly nativeIntervalMs: number;
  /** Whether the client metrics are passed on as well. */
  readonly nativeClientMetrics: boolean;
}

/** How paths to peers are kept open. */
export interface KeepaliveConfig {
  /** Whether peers are pinged. */
  readonly keepalive: "off" | "on";
  /** Time between the starts of two rounds. Units: milliseconds. */
  readonly keepaliveIntervalMs: number;
  /** The kind of packet. */
  readonly keepalivePing: "disco" | "TSMP" | "ICMP";
  /** Patterns of peers; empty = all. */
  readonly keepalivePeers: readonly string[];
  /** Patterns of tags of which a peer must have one, without `tag:`; empty = all. */
  readonly keepaliveTags: readonly string[];
  /** The most pings under way. */
  readonly keepaliveMaxAtOnce: number;
  /** The most pings that start within a second. */
  readonly keepaliveRate: number;
}

/** What is done about peers that are stuck on a relay. */
export interface WatchdogConfig {
  /** What the watchdog may do. */
  readonly watchdog: "off" | "observe" | "heal";
  /** Time between the starts of two looks. Units: milliseconds. */
  readonly watchdogIntervalMs: number;
  /** A peer on a relay for longer is stuck. Units: milliseconds. */
  readonly watchdogThresholdMs: number;
  /** The shortest time between two restarts of tailscaled. Units: milliseconds. */
  readonly watchdogCooldownMs: number;
  /** The most restarts within a day; 0 = none. */
  readonly watchdogMaxRestarts: number;
}

/** How the host's tailscaled is asked. */
export const LOCAL_SETTINGS: SettingsOf<LocalConfig> = {
  localApiSocket: {
    variable: "LOCALAPI_SOCKET",
    kind: text("an absolute path", /^\/[^\p{Cc}]{1,106}$/u, "PATH"),
    example: "/var/run/tailscale/tailscaled.sock",
    help: "Show this host's peers: the socket of its tailscaled. For tsmetrics-host, which may " +
      "open /var/run/tailscale/tailscaled.sock and no other path.",
  },
  localApiUrl: {
    variable: "LOCALAPI_URL",
    kind: plainUrl("http://127.0.0.1:41112"),
    example: "http://127.0.0.1:41112",
    help: "LocalAPI of this host's tailscaled, through a TCP forward to its socket.",
  },
  localApiPassword: {
    variable: "LOCALAPI_PASSWORD",
    kind: secret(),
    help: "Password of the LocalAPI at LOCALAPI_URL, for the macOS app and tsnet.",
    example: "",
  },
  bridgeUrl: {
    variable: "BRIDGE_URL",
    kind: plainUrl("http://127.0.0.1:8765"),
    example: "http://127.0.0.1:8765",
    help: "LocalAPI of a host's tailscaled, through the bridge of its tsmetrics-host: peers and " +
      "metrics, but no pings and no healing.",
  },
  bridgeToken: {
    variable: "BRIDGE_TOKEN",
    kind: ownToken(),
    help: "Token that BRIDGE requires and BRIDGE_URL sends, as Authorization: Bearer TOKEN.",
    example: "",
  },
  bridge: {
    variable: "BRIDGE",
    kind: listenAddress(8765),
    example: "127.0.0.1:8765",
    help: "Serve GET /status, /whois/IP and /usermetrics of this host's tailscaled here; " +
      "BRIDGE_TOKEN is required anywhere but on a loopback address.",
  },
  localApiTimeoutMs: {
    variable: "LOCALAPI_TIMEOUT",
    kind: duration(100, 300_000),
    default: "10s",
    help: "Timeout of one request to tailscaled.",
  },
  peersIntervalMs: {
    variable: "PEERS_INTERVAL",
    kind: duration(1_000, 86_400_000),
    default: "30s",
    help: "Interval at which this host's peers are read.",
  },
  peersInclude: {
    variable: "PEERS_INCLUDE",
    kind: someOf("mullvad", "funnel", "sharee"),
    default: "",
    example: "mullvad,sharee",
    help:
      "Also show peers that are not machines of this tailnet: Mullvad's exit nodes, relays of " +
      "Funnel, machines that something is shared with.",
  },
  nativeIntervalMs: {
    variable: "NATIVE_INTERVAL",
    kind: duration(1_000, 86_400_000),
    default: "15s",
    help: "Interval at which the metrics of this host's own tailscaled are read.",
  },
  nativeClientMetrics: {
    variable: "NATIVE_CLIENT_METRICS",
    kind: boolean(),
    default: "false",
    help: "Export tailscaled's 320 or so internal metrics as well; needs the rights of root or " +
      "of the operator.",
  },
};

/** How paths to peers are kept open. */
export const KEEPALIVE_SETTINGS: SettingsOf<KeepaliveConfig> = {
  keepalive: {
    variable: "KEEPALIVE",
    kind: onOff(),
    default: "off",
    help: "Ping this host's online peers, so that the paths to them stay open.",
  },
  keepaliveIntervalMs: {
    variable: "KEEPALIVE_INTERVAL",
    kind: duration(1_000, 3_600_000),
    default: "10s",
    help: "Interval at which each peer is pinged, three times in a row.",
  },
  keepalivePing: {
    variable: "KEEPALIVE_PING",
    kind: oneOf("disco", "TSMP", "ICMP"),
    default: "disco",
    help: "The kind of ping: to the peer's tailscaled, through its tunnel, or to its system.",
  },
  keepalivePeers: {
    variable: "KEEPALIVE_PEERS",
    kind: patternList(),
    default: "",
    example: "gateway-*,router-*",
    help: "Ping only peers whose name, short name or id matches.",
  },
  keepaliveTags: {
    variable: "KEEPALIVE_TAGS",
    kind: tagPatternList(),
    default: "",
    example: "production,critical",
    help: "Ping only peers with at least one of these tags.",
  },
  keepaliveMaxAtOnce: {
    variable: "KEEPALIVE_MAX_AT_ONCE",
    kind: integer(1, 1_000),
    default: "16",
    help: "Maximum number of concurrent pings.",
  },
  keepaliveRate: {
    variable: "KEEPALIVE_RATE",
    kind: integer(1, 1_000),
    default: "50",
    help: "Maximum number of pings started per second; the rest waits for the next round.",
  },
};

/** What is done about peers that are stuck on a relay. */
export const WATCHDOG_SETTINGS: SettingsOf<WatchdogConfig> = {
  watchdog: {
    variable: "WATCHDOG",
    kind: watchdogMode(),
    default: "off",
    help: "Look for peers that are stuck on a relay: observe reports, heal also repairs, from " +
      "re-STUN and rebind through down and up to exit code 75, which asks for a restart of " +
      "tailscaled.",
  },
  watchdogIntervalMs: {
    variable: "WATCHDOG_INTERVAL",
    kind: duration(1_000, 3_600_000),
    default: "1m",
    help: "Interval at which the watchdog looks at the peers.",
  },
  watchdogThresholdMs: {
    variable: "WATCHDOG_THRESHOLD",
    kind: duration(1_000, 86_400_000),
    default: "600s",
    help: "Time on a relay after which a peer counts as stuck. A restart is tried only after " +
      "gentler steps.",
  },
  watchdogCooldownMs: {
    variable: "WATCHDOG_COOLDOWN",
    kind: duration(1_000, 86_400_000),
    default: "600s",
    help: "Minimum time between two restarts of tailscaled.",
  },
  watchdogMaxRestarts: {
    variable: "WATCHDOG_MAX_RESTARTS",
    kind: integer(0, 1_000),
    default: "3",
    help: "Maximum number of restarts per day; 0 stops before a restart.",
  },
};

/** A word for "on" is refused: it does not say whether the watchdog may repair. */
function watchdogMode(): Kind<"off" | "observe" | "heal"> {
  return {
    ...alsoSpelled(oneOf("off", "observe", "heal"), { false: "off", no: "off", 0: "off" }),
    explain: (given) =>
      parseSwitch(given) === true
        ? `got "${given}", want observe, which reports, or heal, which also repairs`
        : undefined,
  };
}
