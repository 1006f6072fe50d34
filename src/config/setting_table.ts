/**
 * The table of settings. Parsing, defaults, checks, the help, `.env.example` and
 * `docs/configuration.md` come from these rows; nothing else knows a variable's name.
 *
 * @module
 */

import {
  ACCESS_SETTINGS,
  type AccessConfig,
  BUILD_SETTINGS,
  type BuildConfig,
  LISTEN_SETTINGS,
  type ListenConfig,
  LOG_SETTINGS,
  type LogConfig,
} from "./server.ts";
import {
  KEEPALIVE_SETTINGS,
  type KeepaliveConfig,
  LOCAL_SETTINGS,
  type LocalConfig,
  WATCHDOG_SETTINGS,
  type WatchdogConfig,
} from "./local.ts";
import { DATABASE_SETTINGS, type DatabaseConfig } from "./database.ts";
import { ALERT_SETTINGS, type AlertConfig } from "./alert.ts";
import { HISTORY_SETTINGS, type HistoryConfig } from "./history.ts";
import { CARDINALITY_SETTINGS, type CardinalityConfig } from "./cardinality_settings.ts";
import { ANALYTICS_SETTINGS, type AnalyticsConfig } from "./analytics.ts";
import type { Setting, SettingsOf } from "./setting.ts";
import {
  API_SETTINGS,
  type ApiConfig,
  DEMO_SETTINGS,
  type DemoConfig,
  FILTER_SETTINGS,
  type FilterConfig,
  SCRAPE_SETTINGS,
  type ScrapeConfig,
} from "./tailnet_settings.ts";
import { TSNET_SETTINGS, type TsnetConfig } from "./tsnet.ts";

/** All settings, read, checked and completed by defaults. */
export interface Config
  extends
    ApiConfig,
    DemoConfig,
    FilterConfig,
    ScrapeConfig,
    CardinalityConfig,
    LocalConfig,
    KeepaliveConfig,
    WatchdogConfig,
    HistoryConfig,
    AlertConfig,
    DatabaseConfig,
    ListenConfig,
    AccessConfig,
    AnalyticsConfig,
    LogConfig,
    TsnetConfig,
    BuildConfig {}

/** A key of the configuration. */
export type SettingKey = keyof Config;

/** Settings that are explained together. */
export interface Theme {
  /** A heading. */
  readonly title: string;
  /** The rows, by key, in the order in which they are shown. */
  readonly settings: Readonly<Record<string, Setting<unknown>>>;
}

/** All settings by theme, in the order in which they are shown. */
export const THEMES: readonly Theme[] = [
  { title: "Tailscale API", settings: API_SETTINGS },
  { title: "Demo", settings: DEMO_SETTINGS },
  { title: "Devices", settings: FILTER_SETTINGS },
  { title: "Scrapes", settings: SCRAPE_SETTINGS },
  { title: "Cardinality", settings: CARDINALITY_SETTINGS },
  { title: "This host's tailscaled", settings: LOCAL_SETTINGS },
  { title: "Keepalive", settings: KEEPALIVE_SETTINGS },
  { title: "Watchdog", settings: WATCHDOG_SETTINGS },
  { title: "History", settings: HISTORY_SETTINGS },
  { title: "Alerts", settings: ALERT_SETTINGS },
  { title: "Database", settings: DATABASE_SETTINGS },
  { title: "Server", settings: LISTEN_SETTINGS },
  { title: "Access", settings: ACCESS_SETTINGS },
  { title: "Access analytics", settings: ANALYTICS_SETTINGS },
  { title: "Log", settings: LOG_SETTINGS },
  { title: "Joining the tailnet", settings: TSNET_SETTINGS },
  { title: "Build", settings: BUILD_SETTINGS },
];

/** All settings by key. */
export const SETTINGS: SettingsOf<Config> = {
  ...API_SETTINGS,
  ...DEMO_SETTINGS,
  ...FILTER_SETTINGS,
  ...SCRAPE_SETTINGS,
  ...CARDINALITY_SETTINGS,
  ...LOCAL_SETTINGS,
  ...KEEPALIVE_SETTINGS,
  ...WATCHDOG_SETTINGS,
  ...HISTORY_SETTINGS,
  ...ALERT_SETTINGS,
  ...DATABASE_SETTINGS,
  ...LISTEN_SETTINGS,
  ...ACCESS_SETTINGS,
  ...ANALYTICS_SETTINGS,
  ...LOG_SETTINGS,
  ...TSNET_SETTINGS,
  ...BUILD_SETTINGS,
};

/** The rows with their keys, for those who go through all of them. */
export const SETTING_ROWS: readonly (readonly [SettingKey, Setting<unknown>])[] = Object
  .entries(SETTINGS)
  // `Object.entries` gives keys as plain strings.
  .map(([key, setting]) => [key as SettingKey, setting]);
