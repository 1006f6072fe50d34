import { assertEquals } from "@std/assert";
import { type Answer, outcomeOf, type Target } from "../../src/push/outcome.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";

const V2: Target = { isV1: false, hasToken: true };
const V1: Target = { isV1: true, hasToken: false };

const CASES: readonly (readonly [
  what: string,
  answer: Partial<Answer>,
  target: Target,
  outcome: readonly [kind: string, rejected: number | undefined, reason: string | undefined],
])[] = [
  ["a success", { status: 204 }, V2, ["written", 0, undefined]],
  [
    "points that are refused, of InfluxDB 1",
    {
      status: 400,
      text:
        '{"error":"partial write: field type conflict: input field \\"online\\" on measurement \\"m\\" is type float, already exists as type integer dropped=2"}\n',
    },
    V1,
    [
      "written",
      2,
      'it answered 400 "partial write: field type conflict: input field "online" on measurement "m" is type float, already exists as type integer dropped=2"',
    ],
  ],
  ["more refused points than there are", { status: 400, text: "dropped=99" }, V1, [
    "written",
    5,
    'it answered 400 "dropped=99"',
  ]],
  [
    "a batch that is refused, of InfluxDB 2",
    { status: 422, text: '{"code":"unprocessable entity","message":"failure writing points"}' },
    V2,
    ["rejected", undefined, 'it answered 422 "failure writing points"'],
  ],
  ["the page of a proxy", { status: 400, text: "<html><title>400 plain HTTP</title>" }, V2, [
    "failed",
    undefined,
    'it answered 400 "400 plain HTTP"; check INFLUX_URL',
  ]],
  ["a large request", { status: 413 }, V2, ["too_large", undefined, "it answered 413"]],
  [
    "a wrong token",
    { status: 401, text: '{"code":"unauthorized","message":"unauthorized access"}' },
    V2,
    ["failed", undefined, 'it answered 401 "unauthorized access"; check INFLUX_TOKEN'],
  ],
  ["a wrong password", { status: 401 }, V1, [
    "failed",
    undefined,
    "it answered 401; check INFLUX_USERNAME and INFLUX_PASSWORD",
  ]],
  ["a token of version 1", { status: 401 }, { isV1: true, hasToken: true }, [
    "failed",
    undefined,
    "it answered 401; check INFLUX_TOKEN",
  ]],
  ["a token that may only read", { status: 403 }, V2, [
    "failed",
    undefined,
    "it answered 403; let INFLUX_TOKEN write to what INFLUX_ORG and INFLUX_BUCKET name",
  ]],
  ["a bucket that is not there", { status: 404 }, V2, [
    "failed",
    undefined,
    "it answered 404; create what INFLUX_ORG and INFLUX_BUCKET name, or check INFLUX_URL",
  ]],
  ["a database that is not there", { status: 404 }, V1, [
    "failed",
    undefined,
    "it answered 404; create what INFLUX_DATABASE names, or check INFLUX_URL",
  ]],
  ["an overload", { status: 503 }, V2, ["failed", undefined, "it answered 503"]],
  ["a limit", { status: 429, retryAfterMs: 7_000 }, V2, ["failed", undefined, "it answered 429"]],
  ["a proxy that wants a login", { status: 407 }, V2, [
    "failed",
    undefined,
    "it answered 407; the HTTP proxy wants a login: check HTTPS_PROXY",
  ]],
  ["a redirect", { status: 302, location: "https://login.example/?token=x" }, V2, [
    "failed",
    undefined,
    "it answered 302; it redirects to login.example, where credentials are never sent: set " +
    "INFLUX_URL to the final address",
  ]],
  ["what is no address", { status: 301, location: "/a" }, V2, [
    "failed",
    undefined,
    "it answered 301; it redirects to another path, where credentials are never sent: set " +
    "INFLUX_URL to the final address",
  ]],
  ["an echo of the token", { status: 500, text: "bad t0p-secret-token" }, V2, [
    "failed",
    undefined,
    'it answered 500 "bad [redacted]"',
  ]],
];

Deno.test("outcomeOf() quotes no answer about points that name users", () => {
  const text =
    '{"error":"unable to parse \'tailscale_access,user=eve@example.com x\': bad dropped=1"}';
  for (const status of [400, 413, 422, 500]) {
    const { reason } = outcomeOf(
      { status, text, location: null, retryAfterMs: undefined },
      5,
      { ...V2, isPersonal: true },
      new Redactor(),
    );
    assertEquals(reason, `it answered ${status} (the message is left out: it may name users)`);
  }
});

for (const [what, answer, target, wanted] of CASES) {
  Deno.test(`outcomeOf() judges ${what}`, () => {
    const outcome = outcomeOf(
      { status: 200, text: "", location: null, retryAfterMs: undefined, ...answer },
      5,
      target,
      new Redactor([new Secret("t0p-secret-token")]),
    );
    assertEquals([
      outcome.kind,
      outcome.kind === "written" ? outcome.rejected : undefined,
      outcome.reason,
    ], wanted);
    if (outcome.kind === "failed") assertEquals(outcome.retryAfterMs, answer.retryAfterMs);
  });
}
