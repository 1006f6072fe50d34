/**
 * Settings of alerts: what is one, and where alerts are sent.
 *
 * @module
 */

import { duration } from "./duration.ts";
import { boolean, onOff } from "./kind.ts";
import type { SettingsOf } from "./setting.ts";

/** What is an alert. */
export interface AlertConfig {
  /** Whether alerts are judged at all; they need the history. */
  readonly alerts: "off" | "on";
  /** How long a node must be offline before that is an alert. Units: milliseconds. */
  readonly alertOfflineMs: number;
  /** Whether laptops and phones count as servers do. */
  readonly alertPersonal: boolean;
}

/** What is an alert. */
export const ALERT_SETTINGS: SettingsOf<AlertConfig> = {
  alerts: {
    variable: "ALERTS",
    kind: onOff(),
    default: "on",
    help: "Judge alerts (docs/history.md has the rules); needs HISTORY=on.",
  },
  alertOfflineMs: {
    variable: "ALERT_OFFLINE_AFTER",
    kind: duration(0, 86_400_000),
    default: "2m",
    help: "How long a node must be offline before that is an alert.",
  },
  alertPersonal: {
    variable: "ALERT_PERSONAL_DEVICES",
    kind: boolean(),
    default: "false",
    help: "Alert about laptops and phones as about servers: nodes without a tag on iOS, Android, " +
      "macOS and Windows, ephemeral ones, and those shared in.",
  },
};
