import { assertEquals } from "@std/assert";
import { readSyslog } from "../../src/access/syslog.ts";

const LINE = '100.64.0.1 - - [21/Oct/2025:14:32:15 +0000] "GET / HTTP/1.1" 200';

Deno.test("readSyslog() takes the header off a message", () => {
  for (
    const [message, text, tag] of [
      [`<190>Oct 21 14:32:15 web-1 nginx: ${LINE}`, LINE, undefined],
      [`<190>Oct  1 14:32:15 web-1 shop: ${LINE}\n`, LINE, "shop"],
      [`<190>Oct 21 14:32:15 shop: ${LINE}`, LINE, "shop"],
      [`<190>Oct 21 14:32:15 web-1 shop[42]: ${LINE}`, LINE, "shop"],
      [`<14>2025-10-21T14:32:15.123Z web-1 shop: ${LINE}`, LINE, "shop"],
      [`<190>${LINE}`, LINE, undefined],
      [`<190>Oct 21 14:32:15 ${LINE}`, LINE, undefined],
      [`<190>1 2025-10-21T14:32:15Z web-1 shop 42 - - ${LINE}`, LINE, "shop"],
      [`<190>1 - - - - - - \ufeff${LINE}`, LINE, undefined],
      [`<190>1 - web-1 nginx - ID [a@1 b="c\\"]" d="e"][f] ${LINE}\r\n`, LINE, undefined],
      [`<190>1 - web-1 nginx - ID -`, "", undefined],
      [LINE, LINE, undefined],
      [`${LINE}\r\n`, LINE, undefined],
      ['<190>Oct 21 14:32:15 h nginx: {"a":1}', '{"a":1}', undefined],
      ["", "", undefined],
      ["<190>", "", undefined],
      ["<1900>a", "<1900>a", undefined],
    ] as const
  ) assertEquals(readSyslog(message), { text, tag }, message);
});

Deno.test("readSyslog() takes data that does not end for a header of the old kind", () => {
  const message = `<190>1 - web-1 nginx - ID [a@1 b="c ${LINE}`;
  assertEquals(readSyslog(message).text.endsWith(LINE), true);
});
