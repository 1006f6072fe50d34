/**
 * JSON Schema (2020-12), as far as our answers need it: short functions that make a schema, so that
 * the OpenAPI document and the tests read the same description of an answer. Import all of it as
 * `s`.
 *
 * @module
 */

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** Any text. */
export function text(description: string): Schema {
  return { type: "string", description };
}

/** One of a closed list of words. */
export function word(words: readonly string[], description: string): Schema {
  return { type: "string", enum: words, description };
}

/** A time of RFC 3339, in UTC. */
export function time(description: string): Schema {
  return { type: "string", format: "date-time", description };
}

/** true or false. */
export function flag(description: string): Schema {
  return { type: "boolean", description };
}

/** A whole number from 0. */
export function count(description: string): Schema {
  return { type: "integer", minimum: 0, description };
}

/** Any number. */
export function number(description: string): Schema {
  return { type: "number", description };
}

/** A list of values of one schema. */
export function list(items: Schema, description: string): Schema {
  return { type: "array", items, description };
}

/** An object with exactly these properties, each always present. */
export function object(properties: Readonly<Record<string, Schema>>, description = ""): Schema {
  return {
    type: "object",
    ...description !== "" && { description },
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** An object used as a map. */
export function map(values: Schema, description: string): Schema {
  return { type: "object", additionalProperties: values, description };
}

/** A value of the schema, or null where it is not known or does not apply. */
export function orNull(schema: Schema): Schema {
  const { enum: words, type } = schema;
  return {
    ...schema,
    type: [type, "null"],
    ...Array.isArray(words) && { enum: [...words, null] },
  };
}
