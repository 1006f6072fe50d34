import { assertEquals } from "@std/assert";
import { FAULT } from "../../src/api/openapi.ts";
import { faultReply } from "../../src/http/_fault_reply.ts";
import { assertValid } from "../api/_schema_check.ts";

Deno.test("faultReply() names the parameter, its value and what is allowed", async () => {
  const fault = { parameter: "limit", value: "0", allowed: "a whole number from 1 to 9" };
  const response = faultReply(fault);
  const answer = await response.json();
  assertEquals(response.status, 400);
  assertEquals(answer, {
    error: 'Bad parameter limit: got "0", want a whole number from 1 to 9',
    ...fault,
  });
  assertValid(FAULT, answer);
});
