import { assertEquals } from "@std/assert";
import {
  isMethod,
  readAddress,
  readIsoTime,
  readLocalTime,
  readNumber,
  readRequestLine,
  readStatus,
  readUnixTime,
  splitTarget,
  unescapeValue,
} from "../../src/access/value.ts";

const AT_MS = Date.UTC(2025, 9, 21, 14, 32, 15);

Deno.test("readAddress() takes a Unix socket for this machine", () => {
  for (
    const [text, address] of [
      ["100.64.0.1", "100.64.0.1"],
      ["FD7A:115C:A1E0:0::1", "fd7a:115c:a1e0::1"],
      ["::ffff:100.64.0.1", "100.64.0.1"],
      ["unix:", "127.0.0.1"],
      ["unix:/run/a.sock", undefined],
      ["-", undefined],
      ["localhost", undefined],
    ] as const
  ) assertEquals(readAddress(text), address);
});

Deno.test("readLocalTime() reads the time of nginx and Apache in any zone", () => {
  for (
    const [text, ms] of [
      ["21/Oct/2025:14:32:15 +0000", AT_MS],
      ["21/Oct/2025:16:32:15 +0200", AT_MS],
      ["21/Oct/2025:09:02:15 -0530", AT_MS],
      ["29/Feb/2024:00:00:00 +0000", Date.UTC(2024, 1, 29)],
      ["31/Dec/2016:23:59:60 +0000", Date.UTC(2017, 0, 1)],
      ["29/Feb/2025:00:00:00 +0000", undefined],
      ["00/Oct/2025:00:00:00 +0000", undefined],
      ["21/oct/2025:14:32:15 +0000", undefined],
      ["21/anF/2025:14:32:15 +0000", undefined],
      ["21/Anf/2025:14:32:15 +0000", undefined],
      ["21/Oct/2025:24:00:00 +0000", undefined],
      ["21/Oct/0099:14:32:15 +0000", undefined],
      ["01/Jan/1970:00:00:00 +0100", undefined],
      ["21/Oct/2025:14:32:15", undefined],
      ["21/Oct/2025:14:32:15 +0000 ", undefined],
    ] as const
  ) assertEquals(readLocalTime(text), ms, text);
});

Deno.test("readIsoTime() wants a zone", () => {
  for (
    const [text, ms] of [
      ["2025-10-21T14:32:15Z", AT_MS],
      ["2025-10-21T14:32:15.123456789Z", AT_MS + 123],
      ["2025-10-21T16:32:15+02:00", AT_MS],
      ["2025-10-21 16:32:15+0200", AT_MS],
      ["2025-10-21T14:32:15", undefined],
      ["2025-13-21T14:32:15Z", undefined],
      ["0025-10-21T14:32:15Z", undefined],
      ["2025-10-21T14:32:15+25:00", undefined],
    ] as const
  ) assertEquals(readIsoTime(text), ms, text);
});

Deno.test("readUnixTime() and readNumber() take digits only", () => {
  assertEquals(readUnixTime("1761057135.123"), AT_MS + 123);
  assertEquals(readUnixTime("999999999999999"), undefined);
  for (
    const [text, number] of [
      ["0", 0],
      ["12.5", 12.5],
      ["-", undefined],
      ["-1", undefined],
      ["1e3", undefined],
      ["0x10", undefined],
      ["", undefined],
      ["1".repeat(16), undefined],
    ] as const
  ) assertEquals(readNumber(text), number, text);
  const statuses = ["200", "000", "20", "abc", "2000"].map(readStatus);
  assertEquals(statuses, [200, 0, undefined, undefined, undefined]);
});

Deno.test("readRequestLine() gives nothing for what is no HTTP", () => {
  for (
    const [text, expected] of [
      ["GET / HTTP/1.1", ["GET", "/"]],
      ["GET /a b HTTP/1.1", ["GET", "/a b"]],
      ["GET /a", ["GET", "/a"]],
      ["GET /a HTTPS/1.1", ["GET", "/a HTTPS/1.1"]],
      ["VERSION-CONTROL /a HTTP/2.0", ["VERSION-CONTROL", "/a"]],
      ["get / HTTP/1.1", undefined],
      ["GET", undefined],
      ["GET ", undefined],
      ["\x16\x03\x01", undefined],
      ["", undefined],
    ] as const
  ) {
    const [method, target] = expected ?? ["", ""];
    assertEquals(readRequestLine(text), expected && { method, target }, text);
  }
  assertEquals(["GET", "M-SEARCH", "", "A".repeat(33)].map(isMethod), [true, true, false, false]);
});

Deno.test("splitTarget() takes the path out of a whole URL", () => {
  for (
    const [target, path, query] of [
      ["/", "/", undefined],
      ["/a?b=c?d", "/a", "b=c?d"],
      ["/a?", "/a", ""],
      ["http://host/a?b", "/a", "b"],
      ["http://host", "/", undefined],
      ["/a://b/c", "/a://b/c", undefined],
      ["*", "*", undefined],
      ["host:443", "host:443", undefined],
    ] as const
  ) assertEquals(splitTarget(target), { path, query }, target);
});

Deno.test("unescapeValue() takes back what nginx escapes", () => {
  for (
    const [value, escape, expected] of [
      ["-", "default", ""],
      ["--", "default", "--"],
      [String.raw`a\x22\x5C\xC3\xA9\x0A`, "default", 'a"\\é\n'],
      [String.raw`\xFF\x`, "default", "\ufffd\\x"],
      ["-", "json", "-"],
      [String.raw`a\"\\\n\u0001é`, "json", 'a"\\\n\u0001é'],
      [String.raw`\q`, "json", undefined],
      [String.raw`\x22`, "none", String.raw`\x22`],
      ["-", "none", "-"],
    ] as const
  ) assertEquals(unescapeValue(value, escape), expected, value);
});
