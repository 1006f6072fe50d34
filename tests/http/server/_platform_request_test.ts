import { assert, assertEquals } from "@std/assert";
import type { Head } from "../../../src/http/server/_request_head.ts";
import { requestOf } from "../../../src/http/server/_platform_request.ts";

function ask(target: string, method = "GET", host = "x:9100") {
  const head: Head = {
    method,
    target,
    headers: [["Host", host], ["X-Odd", "\xe9"]],
    isOld: false,
    isKeptOpen: true,
    bodyLength: undefined,
    expectsContinue: false,
  };
  return requestOf(head, "https");
}

Deno.test("requestOf() has method, URL and headers as they were sent", () => {
  for (
    const [target, host, url] of [
      ["/", "x:9100", "https://x:9100/"],
      ["/m?a=/../b&c=%2f", "x", "https://x/m?a=/../b&c=%2f"],
      ["//m/;a=b/%41%2e..%00", "x", "https://x//m/;a=b/%41%2e..%00"],
      ["/whois/[fd7a::1]:80", "[::1]", "https://[::1]/whois/[fd7a::1]:80"],
      ["/m", "", "https://localhost/m"],
      ["/m", "a b", "https://localhost/m"],
      ["/m", "a:99999", "https://localhost/m"],
      ["/m", "u@x", "https://localhost/m"],
      ["http://y:80/m?n", "x", "http://y/m?n"],
      ["HTTPS://Y", "x", "https://y/"],
      ["http://y?n", "x", "http://y/?n"],
    ] as const
  ) {
    for (const method of ["GET", "HEAD", "PATCH", "ODD"]) {
      const request = ask(target, method, host);
      assert(request instanceof Request, target);
      assertEquals([request.url, request.method], [url, method]);
      assertEquals(request.headers.get("x-odd"), "\xe9");
    }
  }
});

Deno.test("requestOf() refuses a path that the platform would shorten or change", () => {
  for (
    const target of [
      "/health/../metrics",
      "/health/%2e%2e/metrics",
      "/health/.%2E/metrics",
      "/health\\..\\metrics",
      "\\metrics",
      "/./metrics",
      "/metrics/.",
      "/metrics/%2e",
      "/metrics#a",
      "/metrics?a#b",
      "/m\xe9",
      "http://y/health/../metrics",
      "http://y\\metrics",
      "http://user:password@y/metrics",
      "http://@y/metrics",
      "http:///metrics",
      "http:/metrics",
      "http://y:99999/",
      "ftp://y/",
      "*",
      "y:443",
      "?",
    ]
  ) assertEquals(ask(target), "target", target);
});

Deno.test("requestOf() refuses a method that the platform would change, or makes no request of", () => {
  for (const method of ["get", "Get", "head", "HEAd", "CONNECT", "connect", "TRACE", "Track"]) {
    assertEquals(ask("/", method), "method", method);
  }
});
