import { assertEquals, assertThrows } from "@std/assert";
import { joinUrl } from "../../src/control/url.ts";

Deno.test("joinUrl() adds escaped elements to the path of the base, and nothing else", () => {
  const cases: readonly (readonly [base: string, elements: readonly string[], url: string])[] = [
    ["https://api.test", ["a"], "https://api.test/a"],
    ["https://api.test/a/b/", ["x", "y"], "https://api.test/a/b/x/y"],
    ["http://api.test:8080/a?x=1#y", ["x"], "http://api.test:8080/a/x"],
    [
      "https://api.test/",
      ["a b/../c?d#e%2f@ü"],
      "https://api.test/a%20b%2F..%2Fc%3Fd%23e%252f%40%C3%BC",
    ],
    // a path that looks like a host
    ["https://api.test//evil.test/x", ["node"], "https://api.test//evil.test/x/node"],
    ["https://api.test///a", ["node"], "https://api.test///a/node"],
    ["https://[::1]:8443/a", [], "https://[::1]:8443/a"],
  ];
  for (const [base, elements, url] of cases) {
    assertEquals(joinUrl(new URL(base), ...elements).href, url);
  }
});

Deno.test("joinUrl() refuses elements that a URL resolves away", () => {
  for (const element of ["", ".", ".."]) {
    assertThrows(() => joinUrl(new URL("https://api.test"), "tailnet", element), TypeError);
  }
});
