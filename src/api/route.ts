/**
 * The paths of the JSON API as one table: parameters, what an answer looks like, and what makes it.
 * Requests are dispatched, parameters checked and the OpenAPI document made from this table alone.
 *
 * @module
 */

import { devicesOf } from "../facts/mod.ts";
import { toJson } from "../printable.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { DEVICE_DETAILS, deviceDetails } from "./device.ts";
import {
  checkDeviceQuery,
  DEVICE_LIST,
  DEVICE_LIST_PARAMETERS,
  listDevices,
} from "./device_list.ts";
import { EXPORTER, exporterJson } from "./exporter.ts";
import { HOST_PARAMETERS, HOSTS, hostsJson } from "./host.ts";
import type { Known } from "./known.ts";
import { type Parameter, type ParameterFault, type Query, textParameter } from "./parameter.ts";
import type { Schema } from "./schema.ts";
import { summarize, SUMMARY } from "./summary.ts";

/** The JSON of an answer in pieces; undefined if there is no such thing. */
export type ApiAnswer = Iterable<string> | undefined;

/** One path. */
export interface ApiRoute {
  /** The path; a segment in braces is a parameter. */
  readonly path: string;
  /** What it answers, in a few words. */
  readonly summary: string;
  /** Its parameters. */
  readonly parameters: readonly Parameter[];
  /** What an answer with status 200 looks like. */
  readonly schema: Schema;
  /**
   * What an answer depends on besides the parameters: "tailnet" = the facts of the tailnets, so
   * that it is kept until these change; "all" = anything, so that each request makes it.
   */
  readonly dependsOn: "tailnet" | "all";
  /** Checks what a parameter alone cannot tell. */
  readonly check?: (query: Query) => ParameterFault | undefined;
  /** Makes an answer. */
  readonly answer: (
    known: Known,
    query: Query,
    slices?: TimeSliceOptions,
  ) => ApiAnswer | Promise<ApiAnswer>;
}

/** Every path. */
export const API_ROUTES: readonly ApiRoute[] = [
  {
    path: "/api/v1/summary",
    summary: "The tailnet in a few numbers, and what is wrong with it, the worst first",
    parameters: [],
    schema: SUMMARY,
    dependsOn: "all",
    answer: async (known, _query, slices) => [json(await summarize(known, slices))],
  },
  {
    path: "/api/v1/devices",
    summary: "Devices: filtered, sorted, page by page",
    parameters: DEVICE_LIST_PARAMETERS,
    schema: DEVICE_LIST,
    dependsOn: "tailnet",
    check: checkDeviceQuery,
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
    answer: (known, query) => findDevice(known, query.one("id") ?? ""),
  },
  {
    path: "/api/v1/hosts",
    summary: "Hosts as their tailscaled tells them: peers, paths, actions of the watchdog",
    parameters: HOST_PARAMETERS,
    schema: HOSTS,
    dependsOn: "all",
    answer: (known, query) => [json(hostsJson(known, query))],
  },
  {
    path: "/api/v1/exporter",
    summary: "The exporter itself: health, settings, sources, cardinality",
    parameters: [],
    schema: EXPORTER,
    dependsOn: "all",
    answer: (known) => [json(exporterJson(known))],
  },
];

/** The route of a path, and the parameters that stand in it. */
export interface RouteMatch {
  /** The route. */
  readonly route: ApiRoute;
  /** The parameters of the path. */
  readonly params: readonly (readonly [name: string, value: string])[];
}

/**
 * Finds the route of a path. A parameter takes one segment, percent-decoded.
 *
 * @returns undefined if there is none.
 */
export function matchRoute(
  path: string,
  routes: readonly ApiRoute[] = API_ROUTES,
): RouteMatch | undefined {
  const segments = path.split("/");
  for (const route of routes) {
    const params: (readonly [string, string])[] = [];
    const wanted = route.path.split("/");
    const isMatch = wanted.length === segments.length && wanted.every((each, at) => {
      const name = /^\{(\w+)\}$/.exec(each)?.[1];
      const segment = segments[at] ?? "";
      if (name === undefined) return each === segment;
      const value = decode(segment);
      if (value === undefined) return false;
      params.push([name, value]);
      return true;
    });
    if (isMatch) return { route, params };
  }
  return undefined;
}

function findDevice(known: Known, id: string): ApiAnswer {
  const host = known.host();
  for (const tailnet of known.tailnets()) {
    for (const facts of devicesOf(tailnet, () => [])) {
      const { device, key } = facts;
      if (device.id !== id && device.nodeId !== id && device.name !== id) continue;
      const whole = { ...facts, leftOut: known.leftOutOf(key) };
      return [json(deviceDetails(whole, host === undefined ? [] : [host], known.now()))];
    }
  }
  return undefined;
}

function json(value: unknown): string {
  return `${toJson(value)}\n`;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
