import { assertEquals } from "@std/assert";
import { explainRefusal, type Refusal } from "../../src/control/refusal.ts";
import { HEADSCALE_DIALECT } from "../../src/headscale/advice.ts";
import { Redactor } from "../../src/secret/redactor.ts";

/** The advice for a refusal: what stands behind the server's words. */
function adviceFor(fields: Partial<Refusal>): string {
  const { message } = explainRefusal(
    {
      endpoint: "devices",
      doing: "list",
      url: new URL("https://headscale.example/api/v1/node"),
      status: 500,
      text: "",
      location: null,
      isOneShot: false,
      ...fields,
    },
    HEADSCALE_DIALECT,
    new Redactor(),
  );
  return message.slice(message.search(/; |, a redirect/) + 2);
}

const WRONG_KEY = "HEADSCALE_API_KEY is wrong, deleted or expired (keys last 90 days unless made " +
  "with --expiration): make a new one with `headscale apikeys create`";
const SET_URL = "set HEADSCALE_URL to the server_url of headscale's configuration";
const WEB_PAGE = `that is a web page, of a web interface, a proxy or a login: ${SET_URL}`;
const NOT_THERE = `no headscale answers there: ${SET_URL}, which has /api/v1 below it`;

const CASES: readonly (readonly [what: string, fields: Partial<Refusal>, advice: string])[] = [
  ["a wrong key", { status: 401, text: "Unauthorized" }, WRONG_KEY],
  ["a wrong key of a later release", { status: 401, text: '{"title":"Unauthorized"}' }, WRONG_KEY],
  ["a wrong key of headscale 0.26", { status: 500, text: "Unauthorized\n" }, WRONG_KEY],
  [
    "a headscale that calls nodes machines",
    { status: 404, text: '{"code":5,"message":"Not Found","details":[]}' },
    "this headscale is older than 0.23: wanted 0.26 or newer",
  ],
  ["another server", { status: 404, text: "404 page not found\n" }, NOT_THERE],
  ["another API", { status: 404, text: '{"message":"Not Found"}' }, NOT_THERE],
  ["a web page", { status: 404, text: "<!doctype html><title>UI</title>" }, WEB_PAGE],
  ["a login page", { status: 403, text: "<html>" }, WEB_PAGE],
  [
    "a proxy that refuses",
    { status: 403, text: "Forbidden" },
    "a proxy in front of headscale refuses the request: let the path /api/v1 through",
  ],
  [
    "a proxy whose headscale is down",
    { status: 502, text: "<html><title>502 Bad Gateway</title>" },
    "the fault is the server's; it is asked again, less often the longer this lasts",
  ],
  [
    "a database that fails",
    { status: 500, text: '{"code":2,"message":"database is locked","details":[]}' },
    "the fault is the server's; it is asked again, less often the longer this lasts",
  ],
  ["any other status", { status: 400, text: "no" }, "wanted 200; check HEADSCALE_URL"],
  ["an HTTP proxy", { status: 407 }, "the HTTP proxy wants a login; check HTTPS_PROXY"],
  [
    "a redirect",
    { status: 308, location: "https://other.example/" },
    'a redirect to "other.example"; credentials are never sent along; set HEADSCALE_URL to the ' +
    "final address",
  ],
];
for (const [what, fields, advice] of CASES) {
  Deno.test(`HEADSCALE_DIALECT says what to do about ${what}`, () => {
    assertEquals(adviceFor(fields), advice);
  });
}
