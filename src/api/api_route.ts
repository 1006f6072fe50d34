/**
 * One path of the JSON API: parameters, what an answer looks like, and what makes it; and how the
 * route of a path is found. The table of all routes is in `route_table.ts`.
 *
 * @module
 */

import type { TimeSliceOptions } from "../time/slice.ts";
import type { ApiSource } from "./fact_source.ts";
import type { Parameter, ParameterFault, Query } from "./parameter.ts";
import type { Schema } from "./schema.ts";

/** The JSON of an answer in pieces; why a parameter is refused; undefined = no such thing. */
export type ApiAnswer = Iterable<string> | ParameterFault | undefined;

/** One path. */
export interface ApiRoute {
  /** The method; a POST changes something. Default: GET, and HEAD with it. */
  readonly method?: "POST";
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
  /** Whether it answers 404 where what it shows is off. Default: false. */
  readonly isOptional?: boolean;
  /** Checks what a parameter alone cannot tell. */
  readonly check?: (query: Query) => ParameterFault | undefined;
  /** Makes an answer. */
  readonly answer: (
    source: ApiSource,
    query: Query,
    slices?: TimeSliceOptions,
  ) => ApiAnswer | Promise<ApiAnswer>;
}

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
export function matchRoute(path: string, routes: readonly ApiRoute[]): RouteMatch | undefined {
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

/** Whether an answer is a refused parameter. */
export function isFault(answer: ApiAnswer): answer is ParameterFault {
  return typeof answer === "object" && "allowed" in answer;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
