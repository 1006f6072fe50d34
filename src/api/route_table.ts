/**
 * All paths of the JSON API. Requests are dispatched, parameters checked and the OpenAPI document
 * made from this table alone.
 *
 * @module
 */

import { scrapeOf } from "../facts/mod.ts";
import { toJson } from "../text/printable.ts";
import { TimeSlice } from "../time/slice.ts";
import {
  ACCESS,
  ACCESS_PARAMETERS,
  ACCESS_QUOTA,
  ACCESS_REQUEST_PARAMETERS,
  ACCESS_REQUESTS,
  accessJson,
  accessRequests,
  quotaJson,
} from "./access.ts";
import {
  ALERT_PARAMETERS,
  ALERTS,
  alertsJson,
  END,
  endSilence,
  SILENCE,
  silence,
  SILENCE_PARAMETERS,
} from "./alert.ts";
import { DEVICE_DETAILS, deviceDetails } from "./device.ts";
import { DEVICE_LIST, DEVICE_LIST_PARAMETERS, DEVICE_ORDER, listDevices } from "./device_list.ts";
import { EVENT_FILTERS, EVENT_PARAMETERS, EVENTS, eventsJson } from "./event.ts";
import { EXPORTER, exporterJson } from "./exporter.ts";
import * as monitoring from "./health_monitoring.ts";
import { HOST_PARAMETERS, HOSTS, hostsJson, PEER_ORDER } from "./host.ts";
import { type ApiSource, isCalled } from "./fact_source.ts";
import { ONLINE, ONLINE_PARAMETERS, onlineJson } from "./online.ts";
import { textParameter } from "./parameter.ts";
import { type ApiAnswer, type ApiRoute, isFault } from "./api_route.ts";
import { summarize, SUMMARY } from "./summary.ts";

/**
 * Every path. What lists thousands of alerts waits for a turn of its own: that takes 20 ms, and
 * several requests at once would hold up all others for as many times that.
 */
export const API_ROUTES: readonly ApiRoute[] = [
  {
    path: "/api/v1/summary",
    summary: "The tailnet in a few numbers, and what is wrong with it, the worst first",
    parameters: [],
    schema: SUMMARY,
    dependsOn: "all",
    answer: async (source, _query, slices) => json(await summarize(source, slices)),
  },
  {
    path: "/api/v1/devices",
    summary: "Devices: filtered, sorted, page by page",
    parameters: DEVICE_LIST_PARAMETERS,
    schema: DEVICE_LIST,
    dependsOn: "tailnet",
    check: (query) => DEVICE_ORDER.check(query),
    answer: listDevices,
  },
  {
    path: "/api/v1/devices/{id}",
    summary: "Everything known about a device",
    parameters: [
      textParameter("id", "The device's id, its node's stable id, or its name in the tailnet.", {
        place: "path",
      }),
    ],
    schema: DEVICE_DETAILS,
    dependsOn: "all",
    answer: (source, query) => findDevice(source, query.one("id") ?? ""),
  },
  {
    path: "/api/v1/online",
    summary: "How many nodes were online, hour by hour",
    parameters: ONLINE_PARAMETERS,
    schema: ONLINE,
    dependsOn: "all",
    answer: async (source, query) => json(await onlineJson(source, query)),
  },
  {
    path: "/api/v1/events",
    summary: "What happened: filtered, page by page, newest first",
    parameters: EVENT_PARAMETERS,
    schema: EVENTS,
    dependsOn: "all",
    answer: async (source, query, slices) => json(await eventsJson(source, query, slices)),
  },
  {
    path: "/api/v1/alerts",
    summary: "Alerts, and the silences that keep some from being sent",
    parameters: ALERT_PARAMETERS,
    schema: ALERTS,
    dependsOn: "all",
    answer: async (source, query, slices) => {
      await new TimeSlice(slices).next();
      return jsonLists(await alertsJson(source, query));
    },
  },
  {
    method: "POST",
    path: "/api/v1/silences",
    summary: "Keeps alerts from being sent for a time",
    parameters: SILENCE_PARAMETERS,
    schema: SILENCE,
    dependsOn: "all",
    answer: (source, query) => json(silence(source, query)),
  },
  {
    method: "POST",
    path: "/api/v1/silences/{id}/end",
    summary: "Ends a silence",
    parameters: [textParameter("id", "The silence's id.", { place: "path" })],
    schema: END,
    dependsOn: "all",
    answer: (source, query) => json(endSilence(source, query.one("id") ?? "")),
  },
  {
    path: "/api/v1/hosts",
    summary:
      "Hosts as their tailscaled tells them: peers by path, page by page, actions of the watchdog",
    parameters: HOST_PARAMETERS,
    schema: HOSTS,
    dependsOn: "all",
    check: (query) => PEER_ORDER.check(query),
    answer: async (source, query, slices) => json(await hostsJson(source, query, slices)),
  },
  {
    path: "/api/v1/access",
    summary: "Access analytics: requests by user, device, service, endpoint and hour",
    parameters: ACCESS_PARAMETERS,
    schema: ACCESS,
    dependsOn: "all",
    isOptional: true,
    answer: async (source, query, slices) => json(await accessJson(source, query, slices)),
  },
  {
    path: "/api/v1/access/requests",
    summary: "The last requests one by one, filtered, newest first",
    parameters: ACCESS_REQUEST_PARAMETERS,
    schema: ACCESS_REQUESTS,
    dependsOn: "all",
    isOptional: true,
    answer: (source, query) => json(accessRequests(source, query)),
  },
  {
    path: "/api/v1/access/quota",
    summary: "External users against the number that the plan permits",
    parameters: [],
    schema: ACCESS_QUOTA,
    dependsOn: "all",
    isOptional: true,
    answer: async (source) => {
      const quota = await source.analytics()?.quota();
      return json(quota && quotaJson(quota));
    },
  },
  {
    path: "/api/v1/exporter",
    summary: "The exporter itself: health, settings, sources, cardinality",
    parameters: [],
    schema: EXPORTER,
    dependsOn: "all",
    answer: (source) => json(exporterJson(source)),
  },
  {
    path: "/health-monitoring/summary",
    summary: "Numbers of nodes, and how many of the critical ones are online",
    parameters: [],
    schema: monitoring.HEALTH_SUMMARY,
    dependsOn: "all",
    answer: async (source, _query, slices) => json(await monitoring.healthSummary(source, slices)),
  },
  {
    path: "/health-monitoring/nodes",
    summary: "Nodes with their type and time online",
    parameters: monitoring.HEALTH_NODES_PARAMETERS,
    schema: monitoring.HEALTH_NODES,
    dependsOn: "all",
    answer: async (source, query, slices) =>
      jsonList(await monitoring.healthNodes(source, query, slices)),
  },
  {
    path: "/health-monitoring/critical",
    summary: "The nodes of the types git, development and production",
    parameters: [],
    schema: monitoring.HEALTH_CRITICAL,
    dependsOn: "all",
    answer: async (source, _query, slices) => json(await monitoring.healthCritical(source, slices)),
  },
  {
    path: "/health-monitoring/alerts",
    summary: "The alerts that fire",
    parameters: [],
    schema: monitoring.HEALTH_ALERTS,
    dependsOn: "all",
    answer: async (source, _query, slices) => {
      await new TimeSlice(slices).next();
      return jsonList(await monitoring.healthAlerts(source));
    },
  },
  {
    path: "/health-monitoring/logs",
    summary: "Events, 20 a page",
    parameters: monitoring.HEALTH_LOGS_PARAMETERS,
    schema: monitoring.HEALTH_LOGS,
    dependsOn: "all",
    answer: async (source, query, slices) =>
      json(await monitoring.healthLogs(source, query, slices)),
  },
];

/** The one path whose answer has no end, and is no JSON. */
export const STREAM_ROUTE: Pick<ApiRoute, "parameters" | "path" | "summary"> = {
  path: "/api/v1/events/stream",
  summary: "What happens, as it happens, and which other answers have changed",
  parameters: EVENT_FILTERS,
};

function findDevice(source: ApiSource, id: string): ApiAnswer {
  const host = source.host();
  for (const facts of source.tailnets()) {
    const found = facts.isFresh &&
      facts.listing?.devices.find(({ device }) => isCalled(device, id));
    if (!found) continue;
    const { key } = found;
    const whole = { ...found, scrape: scrapeOf(facts, key), leftOut: source.leftOutOf(key) };
    const hosts = host === undefined ? [] : [host];
    const monitor = source.monitor();
    return json(deviceDetails(whole, hosts, source.now(), monitor, source.ownNode()));
  }
  return undefined;
}

/** A list, a text for each element, because it may be long. */
function* jsonList(values: readonly object[], end = "\n"): Generator<string> {
  yield "[";
  let separator = "";
  for (const value of values) {
    yield separator + toJson(value);
    separator = ",";
  }
  yield `]${end}`;
}

/** An object of such lists. */
function* jsonLists(lists: Readonly<Record<string, readonly object[]>>): Generator<string> {
  let separator = "{";
  for (const [name, values] of Object.entries(lists)) {
    yield `${separator}${toJson(name)}:`;
    yield* jsonList(values, "");
    separator = ",";
  }
  yield "}\n";
}

/** A value as an answer; a fault, or nothing, stays what it is. */
function json(value: object | undefined): ApiAnswer {
  if (value === undefined || isFault(value as ApiAnswer)) return value as ApiAnswer;
  return [`${toJson(value)}\n`];
}
