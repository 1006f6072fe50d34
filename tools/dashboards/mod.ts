/**
 * Our dashboards.
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { access } from "./access.ts";
import { deviceDetails } from "./device_details.ts";
import { exporter } from "./exporter.ts";
import { overview } from "./overview.ts";
import { paths } from "./paths.ts";

/** Each makes one dashboard. */
export const DASHBOARDS: readonly (() => DashboardBuilder)[] = [
  overview,
  deviceDetails,
  paths,
  access,
  exporter,
];
