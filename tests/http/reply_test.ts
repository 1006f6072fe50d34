import { assertEquals } from "@std/assert";
import {
  finishReply,
  htmlReply,
  jsonReply,
  SECURITY_HEADERS,
  textReply,
} from "../../src/http/reply.ts";

Deno.test("textReply() is UTF-8 text of a known length", async () => {
  const response = textReply(404, "schön\n", { "retry-after": "1" });
  assertEquals(response.status, 404);
  assertEquals(Object.fromEntries(response.headers), {
    "content-type": "text/plain; charset=utf-8",
    "content-length": "7",
    "retry-after": "1",
  });
  assertEquals(await response.text(), "schön\n");
});

Deno.test("jsonReply() is indented and ends with a line feed", async () => {
  const response = jsonReply(200, { a: null, b: ['\u2028\u009b\u202e<"\ud800'] });
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(
    await response.text(),
    '{\n  "a": null,\n  "b": [\n    "\\u2028\\u009b\\u202e<\\"\\ud800"\n  ]\n}\n',
  );
});

Deno.test("htmlReply() says that it is HTML in UTF-8", () => {
  assertEquals(htmlReply(200, "<p>").headers.get("content-type"), "text/html; charset=utf-8");
});

Deno.test("finishReply() adds the security headers and keeps those that are set", () => {
  const plain = finishReply(textReply(200, "ok\n"), "GET");
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    assertEquals(plain.headers.get(name), value);
  }
  const own = finishReply(textReply(200, "ok\n", { "cache-control": "max-age=5" }), "GET");
  assertEquals(own.headers.get("cache-control"), "max-age=5");
});

Deno.test("finishReply() takes the body of a HEAD answer and leaves its headers", async () => {
  const response = finishReply(textReply(404, "Not Found\n"), "HEAD");
  assertEquals([response.status, response.body], [404, null]);
  assertEquals(response.headers.get("content-length"), "10");
  assertEquals(await finishReply(textReply(200, "ok\n"), "GET").text(), "ok\n");
});
