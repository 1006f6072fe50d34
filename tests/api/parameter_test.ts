import { assert, assertEquals } from "@std/assert";
import {
  integerParameter,
  Query,
  readQuery,
  textParameter,
  timeParameter,
  wordParameter,
} from "../../src/api/parameter.ts";

const PARAMETERS = [
  textParameter("q", "A search."),
  wordParameter("state", ["up", "down"], "A state.", true),
  timeParameter("since", "A time."),
  integerParameter("limit", { min: 1, max: 100, fallback: 20 }, "A limit."),
];

function read(query: string) {
  return readQuery(PARAMETERS, new URLSearchParams(query));
}

Deno.test("readQuery() gives the values of each parameter", () => {
  const query = read("q=web&state=up&state=down&limit=7");
  assert(query instanceof Query);
  assertEquals([query.one("q"), query.all("state"), query.integer("limit", 20)], [
    "web",
    ["up", "down"],
    7,
  ]);
  assertEquals([query.one("none"), query.all("none"), query.integer("none", 20)], [
    undefined,
    [],
    20,
  ]);
});

Deno.test("readQuery() names the parameter, its value and what is allowed", () => {
  const many = Array.from({ length: 51 }, () => "state=up").join("&");
  const cases:
    readonly (readonly [query: string, parameter: string, value: string, allowed: string])[] = [
      ["limt=5", "limt", "5", "the parameters q, state, since, limit"],
      ["q=", "q", "", "a text of 1 to 200 characters"],
      [`q=${"x".repeat(201)}`, "q", "x".repeat(100), "a text of 1 to 200 characters"],
      ["q=a&q=b", "q", "b", "a single value"],
      ["state=left", "state", "left", "one of up, down"],
      [many, "state", "up", "at most 50 values"],
      ["limit=0", "limit", "0", "a whole number from 1 to 100"],
      ["limit=101", "limit", "101", "a whole number from 1 to 100"],
      ["limit=1e1", "limit", "1e1", "a whole number from 1 to 100"],
      ["since=yesterday", "since", "yesterday", "a time such as 2026-01-31T12:00:00Z"],
      [
        "since=2026-13-01T00:00:00Z",
        "since",
        "2026-13-01T00:00:00Z",
        "a time such as 2026-01-31T12:00:00Z",
      ],
      ["limit=-1", "limit", "-1", "a whole number from 1 to 100"],
    ];
  for (const [query, parameter, value, allowed] of cases) {
    assertEquals(read(query), { parameter, value, allowed }, query);
  }
  const none = readQuery([], new URLSearchParams("a=1"));
  assertEquals(none, { parameter: "a", value: "1", allowed: "no parameter" });
});

Deno.test("Query.key is the same for queries that ask for the same", () => {
  const key = (query: string) => {
    const values = read(query);
    return values instanceof Query ? values.key : "fault";
  };
  assertEquals(key("q=a&limit=5"), key("limit=5&q=a"));
  assert(key("q=a") !== key("q=b"));
  assert(key("state=up") !== key("state=up&state=down"));
});

Deno.test("Query.time() reads a time in any zone", () => {
  const query = read("since=2026-01-31T13:00:00%2B01:00");
  assert(query instanceof Query);
  assertEquals([query.time("since"), query.time("none")], [Date.UTC(2026, 0, 31, 12), undefined]);
});
