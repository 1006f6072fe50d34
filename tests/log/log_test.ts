import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  configureLogging,
  endLogging,
  getLogger,
  type LogFormat,
  type LogLevel,
} from "../../src/log/log.ts";
import { Secret } from "../../src/secret/secret.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

async function startLog(
  format: LogFormat,
  secrets: readonly string[] = [],
): Promise<{ readonly lines: string[] }> {
  const lines: string[] = [];
  await configureLogging({
    level: "debug",
    format,
    secrets: secrets.map((value) => new Secret(value)),
    write: (line) => lines.push(line),
  });
  return { lines };
}

function withoutTime(line: string | undefined): string {
  assertMatch(line ?? "", TIME);
  return (line ?? "").replace(TIME, "T");
}

Deno.test("getLogger() writes text: time, level, logger, message, what the message does not show", async () => {
  const { lines } = await startLog("text");
  const log = getLogger("api");
  log.debug("Asked");
  log.info("Renewed the token, valid for {minutes} min.", { minutes: 60 });
  log.warning("Slow", { seconds: 1.5, url: "http://a/b?c", text: "two words", none: undefined });
  log.error("Failed", { error: new Error("outer", { cause: new Error("inner") }), quote: 'a"b' });
  assertEquals(lines.map(withoutTime), [
    "T DEBUG api Asked",
    "T INFO api Renewed the token, valid for 60 min.",
    'T WARN api Slow seconds=1.5 url=http://a/b?c text="two words"',
    'T ERROR api Failed error="outer: inner" quote="a\\"b"',
  ]);
});

Deno.test("getLogger() writes for the journal: level as a number, then the message alone", async () => {
  const { lines } = await startLog("journal");
  const log = getLogger("watchdog");
  log.debug("Asked");
  log.info("WAITING: hostname on relay for 300s (threshold: 600s)");
  log.warning("DETECTED: hostname transitioned to relay");
  log.error("Cannot {what}", { what: "a\nb", why: "two words" });
  assertEquals(lines, [
    "<7>Asked",
    "<6>WAITING: hostname on relay for 300s (threshold: 600s)",
    "<4>DETECTED: hostname transitioned to relay",
    '<3>Cannot a\\u000ab why="two words"',
  ]);
});

Deno.test("getLogger() writes JSON: fixed fields first, numbers as numbers", async () => {
  const { lines } = await startLog("json");
  getLogger("http").warning("Slow {path}", {
    path: "/metrics",
    seconds: 1.5,
    ok: false,
    nothing: null,
    none: undefined,
    nan: NaN,
    big: 10n,
    message: "mine",
    list: ["a", 1n],
  });
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  assertMatch(time, TIME);
  assertEquals(rest, {
    level: "warn",
    logger: "http",
    message: "Slow /metrics",
    path: "/metrics",
    seconds: 1.5,
    ok: false,
    nothing: null,
    nan: "NaN",
    big: "10",
    message_: "mine",
    list: '["a","1"]',
  });
  assertEquals(Object.keys(JSON.parse(lines[0] ?? "")).slice(0, 4), [
    "time",
    "level",
    "logger",
    "message",
  ]);
});

const LEVELS: readonly (readonly [LogLevel, readonly string[]])[] = [
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
];

for (const [level, expected] of LEVELS) {
  Deno.test(`configureLogging() drops what is below ${level}`, async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line).level);
    await configureLogging({ level, format: "json", secrets: [], write });
    const log = getLogger("api");
    log.debug("a");
    log.info("b");
    log.warning("c");
    log.error("d");
    assertEquals(lines, [...expected]);
  });
}

Deno.test("configureLogging() drops the records of muted parts, and no others", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line).message);
  await configureLogging({ level: "debug", format: "json", secrets: [], muted: ["api"], write });
  for (const name of ["api", "apis", "device"]) getLogger(name).error(`from ${name}`);
  assertEquals(lines, ["from apis", "from device"]);
});

Deno.test("configureLogging() writes to standard error by default", async () => {
  const kept = console.error;
  const lines: unknown[] = [];
  console.error = (line: unknown) => void lines.push(line);
  try {
    await configureLogging({ level: "info", format: "text", secrets: [] });
    getLogger("api").info("Hello");
  } finally {
    console.error = kept;
  }
  assertEquals(lines.map((line) => withoutTime(String(line))), ["T INFO api Hello"]);
});

Deno.test("configureLogging() counts records that repeat the one before", async () => {
  const { lines } = await startLog("json");
  const log = getLogger("api");
  for (let time = 0; time < 3; time++) log.warning("Slow {path}", { path: "/a" });
  log.warning("Slow {path}", { path: "/b" });
  log.info("Slow {path}", { path: "/b" });
  log.info("Slow {path}", { path: "/b" });
  endLogging();
  endLogging();
  const records = lines.map((line) => JSON.parse(line));
  assertEquals(
    records.map(({ level, logger, message, count }) => [level, logger, message, count]),
    [
      ["warn", "api", "Slow /a", undefined],
      ["warn", "api", "The message before came 2 more times", 2],
      ["warn", "api", "Slow /b", undefined],
      ["info", "api", "Slow /b", undefined],
      ["info", "api", "The message before came 1 more time", 1],
    ],
  );
});

Deno.test("configureLogging() colors levels where a terminal shows them, in text only", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  for (const format of ["text", "json"] as const) {
    await configureLogging({ level: "debug", format, secrets: [], write, hasColors: true });
    const log = getLogger("api");
    log.debug("a");
    log.info("b");
    log.warning("c");
    log.error("d\u001b[0m");
  }
  assertEquals(lines.slice(0, 4).map(withoutTime), [
    "T \u001b[2mDEBUG\u001b[0m api a",
    "T INFO api b",
    "T \u001b[33mWARN\u001b[0m api c",
    "T \u001b[31mERROR\u001b[0m api d\\u001b[0m",
  ]);
  assertEquals(lines.slice(4).filter((line) => line.includes("\u001b")), []);
});

Deno.test("configureLogging() hides a secret wherever it stands in a line", async () => {
  const pem = "-----BEGIN PRIVATE KEY-----\nMIIabcdefgh\nsecondline\n-----END PRIVATE KEY-----\n";
  for (const format of ["text", "json"] as const) {
    const { lines } = await startLog(format, ['s3cr&t/"q', "tskey-abc", pem]);
    const log = getLogger("api");
    log.info('Got s3cr&t/"q in the message');
    log.info("Got {value}", { value: "tskey-abc-suffix", url: "http://h/?k=s3cr%26t%2F%22q" });
    log.info("Deep", { deep: { list: ['s3cr&t/"q'] }, error: new Error("tskey-abc") });
    log.info("Key", { pem, line: "key MIIabcdefgh", held: new Secret("tskey-abc") });
    log.info("Begin -----BEGIN PRIVATE KEY-----");
    for (const line of lines) {
      for (const part of ["s3cr", "tskey-abc", "MIIabcdefgh", "secondline"]) {
        assertEquals(line.includes(part), false, `${part} in ${line}`);
      }
    }
    assertEquals(lines[4]?.includes("-----BEGIN PRIVATE KEY-----"), true);
  }
});

Deno.test("configureLogging() leaves lines alone for a secret too short to be told apart", async () => {
  const { lines } = await startLog("text", ["abc"]);
  getLogger("api").info("An abc");
  assertEquals(lines.map(withoutTime), ["T INFO api An abc"]);
});

Deno.test("getLogger() keeps one record on one line, whatever stands in it", async () => {
  const { lines } = await startLog("text");
  const evil = "a\r\n2026-11-21T06:00:00.000Z INFO api forged\u001b[2J\u0085\u2028\u202e\ud800";
  getLogger("api").info(`Bad ${evil}`, { value: `${evil}?`, ["k\n"]: 1 });
  const escaped =
    "a\\u000d\\u000a2026-11-21T06:00:00.000Z INFO api forged\\u001b[2J\\u0085\\u2028" +
    "\\u202e\\ud800";
  assertEquals(lines.length, 1);
  assertEquals(lines[0]?.includes(`Bad ${escaped} value="a\\r\\n2026`), true, lines[0]);
  assertEquals(lines[0]?.endsWith(" k\\u000a=1"), true, lines[0]);
  assertEquals(/^[ -~]*$/.test(lines[0] ?? ""), true, lines[0]);
});

Deno.test("getLogger() writes a printable line and parsable JSON for any text", async () => {
  const { lines: text } = await startLog("text");
  const log = getLogger("api");
  const record = fc.record({
    message: fc.string({ unit: "binary" }),
    properties: fc.dictionary(fc.string({ unit: "binary" }), fc.anything()),
  });
  // deno-lint-ignore no-control-regex -- they are what must not occur
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
  let count = 0; // makes each record another: one that repeats the last is not written
  fc.assert(fc.property(record, ({ message, properties }) => {
    text.length = 0;
    log.info(`${++count} ${message}`, properties);
    assertEquals(text.length, 1);
    assertEquals(unsafe.test(text[0] ?? ""), false);
  }));
  const { lines: json } = await startLog("json");
  fc.assert(fc.property(record, ({ message, properties }) => {
    json.length = 0;
    log.info(`${++count} ${message}`, properties);
    assertEquals(json.length, 1);
    assertEquals(unsafe.test(json[0] ?? ""), false);
    assertEquals(JSON.parse(json[0] ?? "").logger, "api");
  }));
});

Deno.test("getLogger() cuts a value of more than 2,000 characters", async () => {
  const { lines } = await startLog("json");
  getLogger("api").info("Long", { just: "x".repeat(2_000), over: "x".repeat(2_001) });
  const { just, over } = JSON.parse(lines[0] ?? "");
  assertEquals(just, "x".repeat(2_000));
  assertEquals(over, `${"x".repeat(2_000)}… (2001 characters)`);
});
