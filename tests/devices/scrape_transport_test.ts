import { assert, assertEquals } from "@std/assert";
import { openScrapeTransport } from "../../src/devices/scrape_transport.ts";

Deno.test("openScrapeTransport() goes straight without a proxy, and through it where there is one", () => {
  const made: Deno.CreateHttpClientOptions[] = [];
  let closed = 0;
  const options = {
    idleTimeoutMs: 1000,
    connect: Deno.connect,
    createHttpClient: (one: Deno.CreateHttpClientOptions) => {
      made.push(one);
      return { close: () => void closed++ } as unknown as Deno.HttpClient;
    },
  };
  const straight = openScrapeTransport({ ...options, proxy: undefined });
  assert(straight.scraping.request !== undefined);
  straight.close();
  assertEquals(made, []);

  const proxied = openScrapeTransport({ ...options, proxy: { url: "http://127.0.0.1:3128" } });
  assertEquals([proxied.scraping.request, proxied.scraping.isProxied], [undefined, true]);
  assert(made.length > 0 && made.every(({ proxy }) => proxy !== undefined));
  proxied.forget("1");
  proxied.close();
  assertEquals(closed, made.length);
});
