/**
 * A device's page by the platform's `fetch`, which knows proxies of all kinds.
 *
 * @module
 */

import { readBody } from "./_read_body.ts";
import type { PageFetch, PageRequest } from "./_page_request.ts";
import { ReadBudget } from "./_read_budget.ts";
import type { Target } from "./target.ts";

/**
 * Requests by `fetch`.
 *
 * @param client The connections to use for a device; undefined uses the platform's own.
 */
export function fetchWith(
  fetchPage: PageFetch,
  client?: (target: Target) => Deno.HttpClient | undefined,
): PageRequest {
  const headers = new Headers({ accept: "text/plain;version=0.0.4" });
  const budget = new ReadBudget();
  return async (url, target, deadline) => {
    const { signal } = deadline;
    const own = client?.(target);
    const init: RequestInit = { headers, redirect: "manual", signal };
    const response = await fetchPage(url, own === undefined ? init : { ...init, client: own });
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      read: (maxBytes) => readBody(response, { maxBytes, deadline, budget }),
      cancel: async () => await response.body?.cancel(),
    };
  };
}
