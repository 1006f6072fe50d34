/**
 * Checks values against the schemas of the API with Ajv.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import openApiSchema from "@seriousme/openapi-schema-validator/schemas/v3.1/schema.json" with {
  type: "json",
};
import type { Schema } from "../../src/api/schema.ts";

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
for (const name of ["uri", "uri-reference", "media-range", "regex", "email"]) {
  ajv.addFormat(name, true);
}
const compiled = new Map<Schema, ReturnType<typeof ajv.compile>>();

/** Asserts that a value is what a schema describes. */
export function assertValid(schema: Schema, value: unknown, message = ""): void {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  validate(value);
  const faults = (validate.errors ?? []).map((fault) =>
    `${fault.instancePath} ${fault.message} ${JSON.stringify(fault.params)}`
  );
  assertEquals(faults, [], message);
}

/** Asserts that a value is an OpenAPI 3.1 document. */
export function assertOpenApi(value: unknown): void {
  assertValid(openApiSchema, value);
}
