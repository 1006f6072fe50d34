import { assertEquals } from "@std/assert";
import { readAnswer } from "../../src/control/answer.ts";

const GATEWAY = '{"code":5,"message":"Not Found","details":[]}';

Deno.test("readAnswer() tells forms of bodies apart", () => {
  const cases = [
    [GATEWAY, "gateway", "Not Found"],
    ['{"code":"5","details":[]}', "json", '{"code":"5","details":[]}'],
    ['{"error":"a","error_description":"b"}', "json", "a: b"],
    [" \n<!doctype html>", "html", " \n<!doctype html>"],
    ["[]", "text", "[]"],
    ["", "text", ""],
  ] as const;
  for (const [text, form, words] of cases) {
    const answer = readAnswer(text);
    assertEquals([answer.form, answer.words], [form, words], text);
  }
});
