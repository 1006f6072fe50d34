import { assertEquals } from "@std/assert";
import {
  alsoSpelled,
  boolean,
  decimal,
  integer,
  oneOf,
  onOff,
  port,
  secret,
  text,
  token,
} from "../../src/config/kind.ts";

Deno.test("integer() takes both bounds and nothing else", () => {
  const kind = integer(1, 100);
  const texts = [
    "1",
    "100",
    "007",
    "0",
    "101",
    "-1",
    "+1",
    "1.0",
    "1e1",
    "0x1",
    "",
    " 1",
    "1234567890",
  ];
  assertEquals(texts.map((given) => kind.parse(given)), [
    1,
    100,
    7,
    ...Array<undefined>(10).fill(undefined),
  ]);
  assertEquals(kind.wanted, "a whole number from 1 to 100");
});

Deno.test("decimal() takes both bounds and nothing else", () => {
  const kind = decimal(0.1, 10);
  const texts = ["0.1", "10", "10.0", "2.5", "0.09", "10.1", "-1", ".5", "1.", "1e1", "NaN", ""];
  assertEquals(texts.map((given) => kind.parse(given)), [
    0.1,
    10,
    10,
    2.5,
    ...Array<undefined>(8).fill(undefined),
  ]);
});

const ON = ["true", "YES", "On", "1"], OFF = ["False", "no", "OFF", "0"];
const NEITHER = ["y", "2", "", "truee", "enabled", " on"];

Deno.test("boolean() and onOff() take eight words in any case", () => {
  const given = [...ON, ...OFF, ...NEITHER];
  const isOn = [true, true, true, true, false, false, false, false];
  assertEquals(given.map((text) => boolean().parse(text)), [
    ...isOn,
    ...Array<undefined>(NEITHER.length).fill(undefined),
  ]);
  assertEquals(given.map((text) => onOff().parse(text)), [
    ...isOn.map((each) => each ? "on" as const : "off" as const),
    ...Array<undefined>(NEITHER.length).fill(undefined),
  ]);
});

Deno.test("alsoSpelled() takes further spellings in any case, and what its kind takes", () => {
  const kind = alsoSpelled(oneOf("warn", "error"), { warning: "warn" });
  assertEquals(["WARN", "Warning", "error", "warnings"].map((given) => kind.parse(given)), [
    "warn",
    "warn",
    "error",
    undefined,
  ]);
  assertEquals(kind.wanted, "warn or error");
});

Deno.test("port() takes a port with or without a colon before it", () => {
  const texts = ["9100", ":9100", "0", ":0", "65535", "65536", "::1", "h:9100", ""];
  assertEquals(texts.map((given) => port(0).parse(given)), [
    9100,
    9100,
    0,
    0,
    65_535,
    ...Array<undefined>(4).fill(undefined),
  ]);
  assertEquals([port(1).parse(":0"), port(1).parse(":1")], [undefined, 1]);
});

Deno.test("oneOf() takes its words in any case", () => {
  const kind = oneOf("text", "json");
  assertEquals(["text", "JSON", "xml", "", "text,json"].map((given) => kind.parse(given)), [
    "text",
    "json",
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(kind.wanted, "text or json");
  assertEquals(oneOf("a", "b", "c").wanted, "a, b or c");
});

Deno.test("text() takes what its expression takes", () => {
  const kind = text("a letter", /^[a-z]$/, "LETTER");
  assertEquals([kind.parse("a"), kind.parse("ab"), kind.placeholder], ["a", undefined, "LETTER"]);
});

Deno.test("secret() takes printable ASCII", () => {
  const kind = secret();
  assertEquals(["a", "ab=~"].map((given) => kind.parse(given)?.reveal()), ["a", "ab=~"]);
  assertEquals(["ab cd", "abcdé", "ab\ncd", ""].map((given) => kind.parse(given)), [
    ...Array<undefined>(4).fill(undefined),
  ]);
  assertEquals(kind.wanted, "printable ASCII characters without blanks");
  assertEquals(kind.quote("abc"), "a value of 3 characters");
});

Deno.test("token() takes what cannot be guessed and has room in a request's head", () => {
  const kind = token();
  const isTaken = (text: string) => kind.parse(text)?.reveal() === text;
  assertEquals([15, 16, 4096, 4097].map((length) => isTaken("x".repeat(length))), [
    false,
    true,
    true,
    false,
  ]);
  assertEquals(isTaken(`${"x".repeat(16)} y`), false);
  assertEquals(
    kind.wanted,
    "16 to 4096 printable ASCII characters without blanks; " +
      "`openssl rand -base64 32` makes such a token",
  );
});
