/**
 * A runtime for the tests of sources, which tell what is made while the proxies are still in the
 * environment.
 *
 * @module
 */

import { FakeRuntime } from "../_support/fake_runtime.ts";

/** The variables that name proxies. */
export const PROXIES: readonly string[] = [
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
];

/** A runtime that remembers in which order clients were made and variables deleted. */
export class OrderedRuntime extends FakeRuntime {
  readonly order: string[] = [];
  readonly options: Deno.CreateHttpClientOptions[] = [];

  constructor() {
    super();
    // It is handed on as a function.
    this.createHttpClient = this.createHttpClient.bind(this);
  }

  override createHttpClient(options: Deno.CreateHttpClientOptions): Deno.HttpClient {
    this.order.push("client");
    this.options.push(options);
    return super.createHttpClient({});
  }
  override deleteVariable(name: string): void {
    super.deleteVariable(name);
    this.order.push("delete");
  }
}
