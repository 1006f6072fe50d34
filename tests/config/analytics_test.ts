import { assertEquals } from "@std/assert";
import { ACCESS_LABELS } from "../../src/access/access_metrics.ts";
import { JSON_FIELDS } from "../../src/access/json_field.ts";
import { REDACTIONS } from "../../src/access/redaction.ts";
import { ANALYTICS_SETTINGS as S } from "../../src/config/analytics.ts";

Deno.test("ACCESS_FIELDS takes every field of a JSON line", () => {
  const { kind } = S.accessFields;
  assertEquals([...kind.parse("address=client.ip, status = code")?.entries() ?? []], [
    ["address", "client.ip"],
    ["status", "code"],
  ]);
  for (const field of JSON_FIELDS) assertEquals(kind.parse(`${field}=x`)?.get(field), "x");
  for (const text of ["nothing=x", "address", "address=", "address=a=b", "address=a b"]) {
    assertEquals(kind.parse(text), undefined, text);
  }
  assertEquals(kind.describe(new Map([["status", "code"]])), { status: "code" });
});

Deno.test("ACCESS_LABELS and ACCESS_REDACT have the words of those who use them", () => {
  assertEquals(S.accessLabels.kind.parse("all"), ACCESS_LABELS);
  assertEquals(S.accessRedact.kind.parse("all"), REDACTIONS);
  assertEquals(["none", "None", "ip,none"].map(S.accessRedact.kind.parse), [[], [], undefined]);
  assertEquals(S.accessRedact.kind.describe([]), "none");
});

Deno.test("ACCESS_RETENTION keeps an hour to 90 days", () => {
  const { parse } = S.accessRetentionMs.kind;
  assertEquals(["1h", "90d", "59m", "91d"].map(parse), [
    3_600_000,
    7_776_000_000,
    undefined,
    undefined,
  ]);
});
