import { assertEquals, assertThrows } from "@std/assert";
import { MAX_LINE } from "../../src/access/line.ts";
import { KNOWN_FORMATS, type LineFormat, LineReader } from "../../src/access/line_reader.ts";

const HEAD = '100.64.0.1 - - [21/Oct/2025:14:32:15 +0000] "GET /a HTTP/1.1" 200';

const LINES: Readonly<Record<keyof typeof KNOWN_FORMATS, string>> = {
  short: HEAD,
  common: `${HEAD} 12`,
  combined: `${HEAD} 12 "-" "curl/8.5.0"`,
  combined_time: `${HEAD} 12 "-" "curl/8.5.0" 0.250`,
  main: `${HEAD} 12 "-" "curl/8.5.0" "1.2.3.4"`,
  main_time: `${HEAD} 12 "-" "curl/8.5.0" "1.2.3.4" 0.250`,
};

const JSON_LINE = JSON.stringify({ remote_addr: "::1", status: 200, request: "GET / HTTP/1.1" });

function brief(reader: LineReader, line: string): unknown {
  const read = reader.read(line);
  return typeof read === "string" ? read : [read.bytes, read.agent, read.forwarded, read.seconds];
}

Deno.test("LineReader.read() tells the known formats and JSON from each other", () => {
  const reader = new LineReader();
  // Each after each other, since the format of the last line is tried first.
  for (const before of Object.values(LINES)) {
    for (
      const [line, expected] of [
        [LINES.short, [undefined, undefined, undefined, undefined]],
        [LINES.common, [12, undefined, undefined, undefined]],
        [LINES.combined, [12, "curl/8.5.0", undefined, undefined]],
        [LINES.combined_time, [12, "curl/8.5.0", undefined, 0.25]],
        [LINES.main, [12, "curl/8.5.0", "1.2.3.4", undefined]],
        [LINES.main_time, [12, "curl/8.5.0", "1.2.3.4", 0.25]],
        [JSON_LINE, [undefined, undefined, undefined, undefined]],
      ] as const
    ) {
      reader.read(before);
      assertEquals(brief(reader, line), [...expected], line);
    }
  }
});

Deno.test("LineReader.read() takes a configured format and no other", () => {
  for (const name of Object.keys(LINES) as (keyof typeof LINES)[]) {
    const reader = new LineReader({ format: name });
    for (const [other, line] of Object.entries(LINES)) {
      assertEquals(typeof reader.read(line) === "string", other !== name, `${name}, ${line}`);
    }
    assertEquals(reader.read(JSON_LINE), "format");
  }
  const own = new LineReader({ format: "$remote_addr|$status|$request" });
  assertEquals(brief(own, "::1|200|GET / HTTP/1.1"), [undefined, undefined, undefined, undefined]);
  const json = new LineReader({ format: "json" });
  assertEquals(json.read(LINES.short), "json");
  assertEquals(typeof json.read(` ${JSON_LINE}`), "object");
});

Deno.test("LineReader.read() names the fault of the format that a line has", () => {
  const reader = new LineReader();
  for (
    const [line, reason] of [
      ["", "format"],
      ["hello", "format"],
      ["{", "json"],
      [LINES.main.replace("Oct", "Okt"), "time"],
      [LINES.main.replace("100.64.0.1", "web-1"), "address"],
      ["x".repeat(MAX_LINE + 1), "too_long"],
      ['"'.repeat(MAX_LINE), "format"],
    ] as const
  ) assertEquals(reader.read(line), reason);
});

Deno.test("LineReader refuses a word that is no format", () => {
  const names = "auto, json, short, common, combined, combined_time, main, main_time";
  assertEquals(
    assertThrows(() => new LineReader({ format: "apache" as LineFormat }), SyntaxError).message,
    `"apache" is no known format, want ${names}, or a log_format`,
  );
});

Deno.test("LineReader.read() takes a line out of the JSON that a shipper wraps it in, once", () => {
  const reader = new LineReader();
  const plain = [12, "curl/8.5.0", undefined, undefined];
  for (
    const [wrapper, expected] of [
      [{ date: 1.5, log: LINES.combined }, plain],
      [{ log: `${LINES.combined}\n`, stream: "stdout" }, plain],
      [{ message: LINES.combined, host: "web-1" }, plain],
      [{ line: JSON_LINE }, [undefined, undefined, undefined, undefined]],
      [{ log: { log: LINES.combined } }, "address"],
      [{ log: JSON.stringify({ log: LINES.combined }) }, "address"],
      [{ log: "nonsense" }, "format"],
      [{ msg: LINES.combined }, "address"],
      // A line that has an address is that line.
      [{ remote_addr: "::1", status: 200, log: LINES.combined }, [
        undefined,
        undefined,
        undefined,
        undefined,
      ]],
    ] as const
  ) {
    const line = JSON.stringify(wrapper);
    assertEquals(brief(reader, line), expected, line);
  }
  const strict = new LineReader({ format: "combined" });
  assertEquals(strict.read(JSON.stringify({ log: LINES.combined })), "format");
});
