import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LinePattern } from "../../src/access/line_pattern.ts";
import { unescapeValue } from "../../src/access/value.ts";
import { written } from "./_render.ts";

function patternOf(format: string): LinePattern | undefined {
  try {
    return new LinePattern(format);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

Deno.test("LinePattern reads back what nginx writes, or refuses the format", () => {
  let taken = 0;
  let total = 0;
  fc.assert(
    fc.property(written, ({ format, escape, values, line }) => {
      total++;
      const pattern = patternOf(format);
      if (pattern === undefined) return;
      taken++;
      const read = pattern.match(line)?.map((value) => unescapeValue(value, escape));
      assertEquals(read, [...values]);
    }),
    { numRuns: 2_000 },
  );
  assert(taken > total / 10, `only ${taken} of ${total} formats were taken`);
});

Deno.test("LinePattern tells a user name that looks like the rest of a line", () => {
  const pattern = new LinePattern('$remote_addr - $remote_user [$time_local] "$request" $status');
  const time = "21/Oct/2025:14:32:15 +0000";
  const user = `x [${time}] \\x22GET /forged HTTP/1.1\\x22 200`;
  assertEquals(pattern.match(`100.64.0.1 - ${user} [${time}] "GET /a HTTP/1.1" 404`), [
    "100.64.0.1",
    user,
    time,
    "GET /a HTTP/1.1",
    "404",
  ]);
});

Deno.test("LinePattern refuses a format whose lines could be read in two ways", () => {
  for (
    const [format, message] of [
      [
        "$remote_addr $request $http_referer $status",
        '" " may be a part of $request or of $http_referer: put quotes around one of them',
      ],
      [
        "$body_bytes_sent$request_time",
        "nothing divides $body_bytes_sent from $request_time: put quotes around one of them",
      ],
      [
        'escape=none "$request" "$http_referer"',
        '"" "" may be a part of $request or of $http_referer: put quotes around one of them',
      ],
      [
        String.raw`escape=json $remote_addr \ $status`,
        "got a backslash outside of a variable, which escape=json cannot tell",
      ],
    ] as const
  ) assertEquals(assertThrows(() => new LinePattern(format), SyntaxError).message, message);
});

Deno.test("LinePattern.match() gives nothing for a line of another form", () => {
  const pattern = new LinePattern('<$remote_addr> "$request" $status $http_referer $pid;');
  assertEquals(pattern.match('<::1> "a" 200 b c 7;'), ["::1", "a", "200", "b c", "7"]);
  for (
    const line of [
      "",
      '<::1> "a" 200 b 7',
      '<::1 "a" 200 b 7;',
      '<::1> "a 200 b 7;',
      '<::1> "a" "200 b 7;',
      '<::1> "a" 20;',
      '<::1> "a" 200;',
      '<::1> "a" 200 ;',
      '<::1>  "a" 200 b 7;',
      ' <::1> "a" 200 b 7;',
      '"'.repeat(9),
    ]
  ) assertEquals(pattern.match(line), undefined, line);
});
