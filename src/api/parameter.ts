/**
 * Parameters of the JSON API: what each accepts, as data, from which requests are checked and the
 * OpenAPI document is made. A parameter that is not known is a fault: a misspelt filter would
 * otherwise select everything.
 *
 * @module
 */

import type { Schema } from "./schema.ts";

/** One parameter of a path. */
export interface Parameter {
  /** Its name in the query, or in the path. */
  readonly name: string;
  /** Where it stands. */
  readonly place: "path" | "query";
  /** What it does. */
  readonly description: string;
  /** What one value may be. */
  readonly schema: Schema;
  /** What one value may be, to complete "want …". */
  readonly allowed: string;
  /** Whether it may be given several times. */
  readonly isRepeatable: boolean;
  /** Whether a text is such a value. */
  readonly accepts: (text: string) => boolean;
}

/** Why a query is refused. */
export interface ParameterFault {
  /** The parameter. */
  readonly parameter: string;
  /** Its value, cut after 100 characters. */
  readonly value: string;
  /** What is allowed, to complete "want …". */
  readonly allowed: string;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Maximum number of values of a parameter that may be repeated. */
const MAX_VALUES = 50;

/** The values of a request's parameters; each has been checked. */
export class Query {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** The values by parameter. */
  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** The value of a parameter; undefined if it was not given. */
  one(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** All values of a parameter; empty if it was not given. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The number that a parameter gives. */
  integer(name: string, fallback: number): number {
    const value = this.one(name);
    return value === undefined ? fallback : Number(value);
  }

  /** The time that a parameter gives, in milliseconds since 1970. */
  time(name: string): number | undefined {
    const value = this.one(name);
    return value === undefined ? undefined : Date.parse(value);
  }

  /** The same text for queries that ask for the same. */
  get key(): string {
    return JSON.stringify([...this.#values].sort(([a], [b]) => a < b ? -1 : 1));
  }
}

/** A parameter that takes one of a list of words. */
export function wordParameter(
  name: string,
  words: readonly string[],
  description: string,
  isRepeatable = false,
): Parameter {
  return {
    name,
    place: "query",
    description,
    schema: { type: "string", enum: words },
    allowed: `one of ${words.join(", ")}`,
    isRepeatable,
    accepts: (text) => words.includes(text),
  };
}

/** A parameter that takes any text of 1 to 200 characters. */
export function textParameter(
  name: string,
  description: string,
  { isRepeatable = false, place = "query" }: Partial<Parameter> = {},
): Parameter {
  return {
    name,
    place,
    description,
    schema: { type: "string", minLength: 1, maxLength: 200 },
    allowed: "a text of 1 to 200 characters",
    isRepeatable,
    accepts: (text) => text.length >= 1 && text.length <= 200,
  };
}

/** Longest cursor: a text of a device list has up to 1,024 characters, of up to 6 bytes of JSON. */
const MAX_CURSOR = 16_384;

/** A parameter that takes the cursor of a page. */
export function cursorParameter(description: string): Parameter {
  return {
    ...textParameter("cursor", description),
    schema: { type: "string", minLength: 1, maxLength: MAX_CURSOR },
    allowed: "the value of `next` of a page in the same order",
    accepts: (text) => text.length <= MAX_CURSOR && /^[\w-]+$/.test(text),
  };
}

/** A parameter that takes a time of RFC 3339. */
export function timeParameter(name: string, description: string): Parameter {
  return {
    name,
    place: "query",
    description,
    schema: { type: "string", format: "date-time" },
    allowed: "a time such as 2026-01-31T12:00:00Z",
    isRepeatable: false,
    accepts: (text) => TIME.test(text) && !Number.isNaN(Date.parse(text)),
  };
}

/** A parameter that takes a whole number. */
export function integerParameter(
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly fallback: number },
  description: string,
): Parameter {
  const { min, max, fallback } = bounds;
  return {
    name,
    place: "query",
    description,
    schema: { type: "integer", minimum: min, maximum: max, default: fallback },
    allowed: `a whole number from ${min} to ${max}`,
    isRepeatable: false,
    accepts: (text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max,
  };
}

/**
 * Checks the parameters of a request.
 *
 * @param params The query, to which the caller has added what stands in the path.
 * @returns The first fault, if there is one.
 */
export function readQuery(
  parameters: readonly Parameter[],
  params: Iterable<readonly [string, string]>,
): Query | ParameterFault {
  const values = new Map<string, string[]>();
  for (const [name, value] of params) {
    const parameter = parameters.find((each) => each.name === name);
    const fault = (allowed: string) => ({ parameter: name, value: value.slice(0, 100), allowed });
    if (parameter === undefined) {
      const names = parameters.filter(({ place }) => place === "query").map(({ name }) => name);
      return fault(names.length === 0 ? "no parameter" : `the parameters ${names.join(", ")}`);
    }
    if (!parameter.accepts(value)) return fault(parameter.allowed);
    const before = values.get(name) ?? [];
    if (before.length > 0 && !parameter.isRepeatable) return fault("a single value");
    if (before.length >= MAX_VALUES) return fault(`at most ${MAX_VALUES} values`);
    before.push(value);
    values.set(name, before);
  }
  return new Query(values);
}
