/**
 * What the tests of the collectors share: golden pages, a log that is kept, a section as text.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Page, type PageSection } from "../../src/page/mod.ts";
import { fillMessage, type Logger } from "../../src/log/log.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

/** The page of these sections in text format 0.0.4. */
export function pageText(...sections: readonly PageSection[]): string {
  return new Page(sections).view().text("text");
}

/**
 * Fails unless the page is the golden one byte by byte and both formats read as the same.
 *
 * `UPDATE_GOLDEN=1` with the permission to write makes the page the golden one: read the diff.
 */
export function assertGolden(name: string, ...sections: readonly PageSection[]): void {
  const view = new Page(sections).view();
  const text = view.text("text");
  const golden = new URL(`../_golden/${name}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") Deno.writeTextFileSync(golden, text);
  assertEquals(text, Deno.readTextFileSync(golden));
  assertSameSamples(text, view.text("openmetrics"));
}

/** A logger that keeps its lines. */
export class KeptLog implements Logger {
  /** "warning Cannot scrape node-a: …", debug lines left out. */
  readonly lines: string[] = [];
  /** The properties of each line. */
  readonly properties: Readonly<Record<string, unknown>>[] = [];

  debug(): void {}

  info(message: string, properties: Readonly<Record<string, unknown>> = {}): void {
    this.#keep("info", message, properties);
  }

  warning(message: string, properties: Readonly<Record<string, unknown>> = {}): void {
    this.#keep("warning", message, properties);
  }

  error(message: string, properties: Readonly<Record<string, unknown>> = {}): void {
    this.#keep("error", message, properties);
  }

  /** The lines since the last call. */
  take(): readonly string[] {
    return this.lines.splice(0);
  }

  #keep(level: string, message: string, properties: Readonly<Record<string, unknown>>): void {
    this.lines.push(`${level} ${fillMessage(message, properties)}`);
    this.properties.push(properties);
  }
}
