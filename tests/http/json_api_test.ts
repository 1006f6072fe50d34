import { assert, assertEquals } from "@std/assert";
import { createApiAnswer } from "../../src/http/json_api.ts";
import type { Views } from "../../src/http/view.ts";
import { makeFacts, makeMonitor, makeTailnet, NOW_MS } from "../api/_fake_source.ts";
import { until } from "../_support/until.ts";
import { assertValid } from "../api/_schema_check.ts";
import { FAULT } from "../../src/api/openapi.ts";
import { fakeViews, get, healthReport } from "./_fake_views.ts";

const MANY = Array.from({ length: 50 }, (_, at) => makeFacts({ id: `${at}`, name: `web-${at}` }));

function setUp(devices = MANY) {
  const state = { tailnet: makeTailnet(devices) };
  const facts: Views["facts"] = {
    tailnets: () => [state.tailnet],
    host: () => undefined,
    ownNode: () => undefined,
    leftOutOf: () => [],
    monitor: () => undefined,
  };
  return { state, answer: createApiAnswer({ views: { ...fakeViews(), facts }, nonce: "n" }) };
}

async function unzipped(response: Response): Promise<string> {
  const stream = response.body?.pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

Deno.test("createApiAnswer() answers each path with JSON", async () => {
  const { answer } = setUp();
  for (const path of ["summary", "devices", "devices/1", "hosts", "exporter"]) {
    const response = await answer(get(`/api/v1/${path}`));
    assertEquals([response.status, response.headers.get("content-type")], [
      200,
      "application/json",
    ]);
    assertEquals(typeof await response.json(), "object", path);
  }
  const document = await (await answer(get("/api/openapi.json"))).json();
  assertEquals(document.openapi, "3.1.0");
});

Deno.test("createApiAnswer() has 404 for other paths and for devices that are not there", async () => {
  const { answer } = setUp();
  for (const path of ["/api/", "/api/v1/nope", "/api/v2/devices", "/api/v1/devices/x"]) {
    const response = await answer(get(path));
    assertEquals([response.status, await response.text()], [404, "Not Found\n"], path);
  }
});

Deno.test("createApiAnswer() refuses a bad parameter with its name, value and what is allowed", async () => {
  const { answer } = setUp();
  const cases = ["devices?limit=0", "devices?nope=1", "devices?cursor=abc", "hosts?path=moon"];
  for (const path of cases) {
    const response = await answer(get(`/api/v1/${path}`));
    assertEquals(response.status, 400, path);
    assertValid(FAULT, await response.json());
  }
  const fault = await (await answer(get("/api/v1/devices?limit=0"))).json();
  assertEquals(fault, {
    error: 'Bad parameter limit: got "0", want a whole number from 1 to 1000',
    parameter: "limit",
    value: "0",
    allowed: "a whole number from 1 to 1000",
  });
});

Deno.test("createApiAnswer() compresses long answers for those who read gzip", async () => {
  const { answer } = setUp();
  for (const path of ["/api/v1/devices", "/api/openapi.json"]) {
    const plain = await answer(get(path));
    assertEquals(plain.headers.get("content-encoding"), null);
    const packed = await answer(get(path, { "accept-encoding": "gzip" }));
    assertEquals(packed.headers.get("content-encoding"), "gzip");
    assertEquals(packed.headers.get("vary"), "accept-encoding");
    assertEquals(await unzipped(packed), await plain.text());
    assert(packed.headers.get("etag") !== plain.headers.get("etag"), path);
  }
});

Deno.test("createApiAnswer() wants the method of the route", async () => {
  const { answer } = setUp();
  const cases = [["/api/v1/silences", "GET", "POST"], ["/api/v1/devices", "POST", "GET, HEAD"]];
  for (const [path = "", method, allow] of cases) {
    const response = await answer(get(path, {}, method));
    assertEquals([response.status, response.headers.get("allow")], [405, allow]);
    await response.body?.cancel();
  }
});

Deno.test("createApiAnswer() answers 304 until the facts change", async () => {
  const { answer, state } = setUp();
  const etag = (await answer(get("/api/v1/devices"))).headers.get("etag") ?? "";
  const again = await answer(get("/api/v1/devices", { "if-none-match": etag }));
  assertEquals([again.status, again.body, again.headers.get("etag")], [304, null, etag]);
  state.tailnet = makeTailnet(MANY.slice(1));
  const changed = await answer(get("/api/v1/devices", { "if-none-match": etag }));
  assertEquals([changed.status, (await changed.json()).total], [200, 49]);
});

Deno.test("createApiAnswer() sends the bytes of a list again while the facts stay", async () => {
  const { answer, state } = setUp();
  const before = await (await answer(get("/api/v1/devices?limit=5"))).text();
  // A list that is made again would see this.
  Object.assign(state.tailnet, { tailnet: "renamed" });
  const [first] = state.tailnet.listing?.devices ?? [];
  Object.assign(first?.device ?? {}, { os: "changed" });
  assertEquals(await (await answer(get("/api/v1/devices?limit=5"))).text(), before);
});

Deno.test("createApiAnswer() answers a POST with what it did, whatever the client has", async () => {
  const monitor = makeMonitor([]);
  const facts = { ...fakeViews().facts, monitor: () => monitor };
  const health = () => healthReport({ nowMs: NOW_MS });
  const answer = createApiAnswer({ views: { ...fakeViews(), facts, health }, nonce: "n" });
  const headers = { "if-none-match": "*" };
  const made = await answer(get("/api/v1/silences?minutes=5", headers, "POST"));
  assertEquals([made.status, (await made.json()).id], [200, "1"]);
  assertEquals(monitor.alerts.silences().length, 1);
  assertEquals((await answer(get("/api/v1/alerts", headers))).status, 304);
});

Deno.test("createApiAnswer() makes an answer once for concurrent requests, until a POST", async () => {
  const monitor = makeMonitor([]);
  let walks = 0;
  const facts = {
    ...fakeViews().facts,
    tailnets() {
      walks++;
      return [makeTailnet(MANY)];
    },
    monitor: () => monitor,
  };
  const turns: (() => void)[] = [];
  let ms = 0;
  const answer = createApiAnswer({
    views: { ...fakeViews(), facts, health: () => healthReport({ nowMs: NOW_MS }) },
    slices: {
      elapsed: () => ms += 4,
      pause: () => new Promise((resolve) => void turns.push(resolve)),
    },
  });
  const path = "/health-monitoring/nodes?project_only=false";
  const zipped = { "accept-encoding": "gzip" };
  const early = [answer(get(path)), answer(get(path)), answer(get(path, zipped))];
  assertEquals(walks, 2);
  const post = answer(get("/api/v1/silences?minutes=5", {}, "POST"));
  let made: Response[] | undefined;
  const later = post.then(() => Promise.all([...early, answer(get(path))]));
  later.then((all) => made = all);
  const all = await until("all answers", () => {
    turns.splice(0).forEach((go) => go());
    return made;
  });
  assertEquals(walks, 3);
  const [one = "", two, packed, last] = await Promise.all(
    all.map((each) => each.headers.has("content-encoding") ? unzipped(each) : each.text()),
  );
  assertEquals([JSON.parse(one).length, two, packed, last], [50, one, one, one]);
});
