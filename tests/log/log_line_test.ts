import { assertEquals } from "@std/assert";
import { fillMessage, formatJson, formatText, type LogEntry } from "../../src/log/log_line.ts";
import { Redactor } from "../../src/secret/redactor.ts";

Deno.test("fillMessage() replaces known names only", () => {
  const properties = { a: 1, b: "{a}", none: undefined };
  assertEquals(
    fillMessage("{a} {b} {c} {a b} {} {{a}} {none}", properties),
    "1 {a} {c} {a b} {} {1} undefined",
  );
  assertEquals(fillMessage("{toString}", {}), "{toString}");
});

Deno.test("fillMessage() gives a number its noun", () => {
  const message = "{count:device|devices} of {all:device of mine|devices of mine}";
  assertEquals(fillMessage(message, { count: 1, all: 2 }), "1 device of 2 devices of mine");
  assertEquals(fillMessage(message, { count: 0, all: 1 }), "0 devices of 1 device of mine");
  assertEquals(
    fillMessage(message, { count: 1.5 }),
    "1.5 devices of {all:device of mine|devices of mine}",
  );
});

function entry(template: string, properties: LogEntry["properties"] = {}): LogEntry {
  return { timestamp: 0, level: "info", logger: "api", template, properties };
}

Deno.test("formatText() shows a property once", () => {
  const line = formatText(
    entry("{up:device|devices} of {all}", { up: 1, all: 2, upper: 3 }),
    new Redactor(),
  );
  assertEquals(line, "1970-01-01T00:00:00.000Z INFO api 1 device of 2 upper=3");
});

Deno.test("formatJson() keeps a counted number a number", () => {
  assertEquals(JSON.parse(formatJson(entry("{up:device|devices}", { up: 1 }), new Redactor())), {
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    logger: "api",
    message: "1 device",
    up: 1,
  });
});

/** What a terminal obeys or does not show: C0, C1, bidi, zero width, tags, half characters. */
const UNSEEN = "\u0000\u001b\u007f\u009b\u00ad\u061c\u200b\u200d\u200e\u2028\u202e\u2066\ufeff" +
  "\u{e0041}\ud800";

Deno.test("formatText() and formatJson() escape all that is not seen", () => {
  const record = entry("Bad {name}", { name: UNSEEN, other: UNSEEN });
  const lines = [formatText(record, new Redactor()), formatJson(record, new Redactor())];
  for (const line of lines) assertEquals(/^[ -~]*$/.test(line), true, line);
  assertEquals(JSON.parse(lines[1] ?? "").name, UNSEEN);
  assertEquals(lines[0]?.includes("\\ufeff\\udb40\\udc41\\ud800"), true, lines[0]);
});

Deno.test("formatJson() keeps a name of several words that the message holds", () => {
  const record = entry("Cannot scrape {device}: {reason}", {
    device: "Alice's old laptop",
    reason: "nothing listens on the port",
  });
  const line = JSON.parse(formatJson(record, new Redactor([])));
  assertEquals([line.device, line.reason], ["Alice's old laptop", undefined]);
});

Deno.test("formatText() and formatJson() do not repeat a text that the message holds", () => {
  const properties = { reason: "status 500, want 200", failure: "server", tries: 3 };
  const { time: _, ...rest } = JSON.parse(
    formatJson(entry("Cannot ask: {reason}", properties), new Redactor()),
  );
  assertEquals(rest, {
    level: "info",
    logger: "api",
    message: "Cannot ask: status 500, want 200",
    failure: "server",
    tries: 3,
  });
  const filled = entry("Cannot ask: status 500, want 200", properties);
  assertEquals(
    formatText(filled, new Redactor()),
    "1970-01-01T00:00:00.000Z INFO api Cannot ask: status 500, want 200 failure=server tries=3",
  );
});

Deno.test("formatText() and formatJson() keep a text that the message lost at its end", () => {
  const record = entry("Cannot ask: {text}", { text: "a b ".repeat(499), text2: "c d" });
  const long = entry("x".repeat(1_990) + " {text}", { text: "so long a text", other: 1 });
  for (const each of [record, long]) {
    const { message, text, text2 } = JSON.parse(formatJson(each, new Redactor()));
    assertEquals(text === undefined, message.includes(each.properties.text), message.slice(-40));
    assertEquals(text2, each.properties.text2);
  }
});
