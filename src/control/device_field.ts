/**
 * Readers of the fields that devices have in every API, with the limits of what a device keeps.
 * None throws.
 *
 * @module
 */

import { readText, readTexts } from "../json/field.ts";
import { internText, internTexts } from "../json/intern.ts";

/** Maximum length of an id; the APIs' are shorter by far. */
export const MAX_ID = 128;

/** Maximum number of a device's addresses. */
export const MAX_ADDRESSES = 64;

/** Maximum number of a device's tags. */
export const MAX_TAGS = 256;

/** Maximum number of routes: app connectors advertise some thousands, each becomes a series. */
export const MAX_ROUTES = 4096;

/** An id: a text that is not empty, or a whole number. */
export function readId(value: unknown): string | undefined {
  if (typeof value === "string") {
    return value !== "" && value.length <= MAX_ID ? value.toWellFormed() : undefined;
  }
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : undefined;
}

/** Why a value is no id. */
export function explainId(value: unknown): string {
  return `No id: wanted text of 1 to ${MAX_ID} characters, got ${kindOf(value)}`;
}

/** Whether an id is a number that was rounded when it was parsed. */
export function isUnsafeId(value: unknown): boolean {
  return typeof value === "number" && !Number.isSafeInteger(value);
}

/** The Tailscale addresses of a device; empty where the API sent no list. */
export function readAddresses(value: unknown): readonly string[] {
  return readTexts(value, MAX_ADDRESSES) ?? [];
}

/** The tags of a device; empty where the API sent no list. */
export function readTags(value: unknown): readonly string[] {
  return internTexts(readTexts(value, MAX_TAGS) ?? []);
}

/** Routes as CIDRs; undefined where the API sent no list. */
export function readRoutes(value: unknown): readonly string[] | undefined {
  const routes = readTexts(value, MAX_ROUTES);
  return routes === undefined ? undefined : internTexts(routes);
}

/** A text that other devices have too. */
export function readShared(value: unknown): string | undefined {
  const text = readText(value);
  return text === undefined ? undefined : internText(text);
}

/** What a value is, without showing it: a rejected entry may hold anything. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") {
    return value === "" ? "empty text" : `text of ${value.length} characters`;
  }
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "boolean" ? "a boolean" : "an object";
}
