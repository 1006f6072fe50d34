import { assertEquals } from "@std/assert";
import { type ApiAnswer, isFault } from "../../src/api/api_route.ts";
import { API_ROUTES } from "../../src/api/route_table.ts";
import {
  makeFacts,
  makeHost,
  makeMonitor,
  makeQuery,
  makeSource,
  makeTailnet,
} from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

// deno-lint-ignore no-explicit-any
function read(answer: ApiAnswer): any {
  return isFault(answer) || answer === undefined ? answer : JSON.parse([...answer].join(""));
}

Deno.test("API_ROUTES answers as each schema says", async () => {
  const devices = [makeFacts({ id: "7", name: "git.ts.net" })];
  for (const monitor of [undefined, makeMonitor(devices)]) {
    const source = makeSource(devices, { host: () => makeHost(), monitor: () => monitor });
    for (const { answer, isOptional, method, path, schema } of API_ROUTES) {
      // access_test.ts has those that may be off.
      if (method === "POST" || isOptional) continue;
      const made = await answer(source, makeQuery(path.includes("{id}") ? { id: "7" } : {}));
      assertValid(schema, read(made), path);
    }
  }
});

Deno.test("API_ROUTES finds a device by id, node id and name", async () => {
  const source = makeSource([makeFacts({ id: "7", nodeId: "nABC", name: "a.ts.net" })]);
  const device = API_ROUTES.find(({ path }) => path.endsWith("{id}"));
  for (const id of ["7", "nABC", "a.ts.net"]) {
    assertEquals(read(await device?.answer(source, makeQuery({ id }))).id, "7");
  }
  assertEquals(await device?.answer(source, makeQuery({ id: "8" })), undefined);
});

Deno.test("API_ROUTES makes a silence, lists it and ends it", async () => {
  const monitor = makeMonitor([]);
  const source = makeSource([], { monitor: () => monitor });
  const call = async (path: string, params: Parameters<typeof makeQuery>[0] = {}) => {
    const route = API_ROUTES.find((each) => each.path === path);
    const value = read(await route?.answer(source, makeQuery(params)));
    if (route !== undefined && value !== undefined) assertValid(route.schema, value, path);
    return value;
  };
  const made = await call("/api/v1/silences", {
    rule: "node_offline",
    node: "web-*",
    minutes: "30",
  });
  assertEquals([made.rule, made.node, made.until], [
    "node_offline",
    "web-*",
    "2026-01-31T12:30:00Z",
  ]);
  assertEquals((await call("/api/v1/alerts")).silences, [made]);
  assertEquals(await call("/api/v1/silences/{id}/end", { id: made.id }), { id: made.id });
  assertEquals(await call("/api/v1/silences/{id}/end", { id: made.id }), undefined);
  assertEquals((await call("/api/v1/alerts")).silences, []);
});

Deno.test("API_ROUTES lists alerts in a turn of its own, a text for each", async () => {
  const devices = [1, 2, 3].map((id) =>
    makeFacts({ id: `${id}`, tags: ["tag:x"], authorized: false })
  );
  const monitor = makeMonitor(devices);
  await monitor.alerts.look(makeTailnet(devices.map((each) => ({ ...each, isOnline: false }))));
  const turns: (() => void)[] = [];
  let lists = 0;
  const list: typeof monitor.alerts.list = (query) => {
    lists++;
    return monitor.alerts.list(query);
  };
  const { alerts } = monitor;
  const watched = {
    ...monitor,
    alerts: {
      entries: alerts.entries.bind(alerts),
      list,
      silence: alerts.silence.bind(alerts),
      silences: alerts.silences.bind(alerts),
      unsilence: alerts.unsilence.bind(alerts),
    },
  };
  const source = makeSource(devices, { monitor: () => watched });
  const pause = () => new Promise<void>((resolve) => void turns.push(resolve));
  for (const [path, count] of [["/api/v1/alerts", 3], ["/health-monitoring/alerts", 0]] as const) {
    lists = 0;
    const route = API_ROUTES.find((each) => each.path === path);
    const answer = route?.answer(source, makeQuery({}), { pause });
    assertEquals([lists, turns.length], [0, 1], path);
    turns.pop()?.();
    const texts = [...await answer as Iterable<string>];
    assertEquals(lists, 1);
    assertEquals(texts.filter((text) => text.includes("since")).length, count, path);
    JSON.parse(texts.join(""));
  }
});
