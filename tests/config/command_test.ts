import { assertEquals } from "@std/assert";
import { COMMANDS, isCommand } from "../../src/config/command.ts";

Deno.test("COMMANDS that read a tailnet need a source, help and version need nothing", () => {
  const needs = Object.entries(COMMANDS).map(([name, row]) => `${name}: ${row.needs}`);
  assertEquals(needs, [
    "serve: source",
    "once: source",
    "check: source",
    "healthcheck: settings",
    "tailnet: settings",
    "completion: nothing",
    "version: nothing",
    "help: nothing",
  ]);
});

Deno.test("isCommand() knows the commands and no property of objects", () => {
  assertEquals(["once", "ONCE", "", "toString", "__proto__"].map(isCommand), [
    true,
    false,
    false,
    false,
    false,
  ]);
});
