import { assertEquals } from "@std/assert";
import { EVENTS, eventsJson } from "../../src/api/event.ts";
import { makeFacts, makeMonitor, makeQuery, makeSource, NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

function setUp() {
  const web = makeFacts({ id: "7", name: "web.ts.net" });
  const monitor = makeMonitor([web]);
  const source = makeSource([web], { monitor: () => monitor });
  const node = { key: web.key, name: "web.ts.net" };
  const note = (at: number, draft: Partial<Parameters<typeof monitor.history.log.add>[0]>) =>
    monitor.history.log.add({
      atMs: NOW_MS - 60_000 * (10 - at),
      type: "node_offline",
      severity: "warning",
      node,
      message: `Event ${at}`,
      ...draft,
    });
  note(1, {});
  note(2, { type: "node_online", severity: "ok" });
  note(3, { type: "api_down", severity: "critical", node: undefined });
  // deno-lint-ignore no-explicit-any
  const events = async (params: Parameters<typeof makeQuery>[0] = {}): Promise<any> => {
    const value = await eventsJson(source, makeQuery(params));
    assertValid(EVENTS, value);
    return value;
  };
  return { events, note };
}

Deno.test("eventsJson() tells what happened, newest first", async () => {
  const { events } = setUp();
  const { events: [newest, , oldest], next, total } = await events();
  assertEquals([total, next], [3, null]);
  assertEquals([newest.type, newest.node], ["api_down", null]);
  assertEquals(oldest, {
    id: oldest.id,
    time: "2026-01-31T11:51:00Z",
    type: "node_offline",
    severity: "warning",
    node: { id: "7", name: "web.ts.net" },
    message: "Event 1",
    simulated: false,
  });
});

Deno.test("eventsJson() marks an event of a simulated past", async () => {
  const { events, note } = setUp();
  note(4, { isSimulated: true });
  const found: readonly { readonly simulated: boolean }[] = (await events()).events;
  assertEquals(found.map(({ simulated }) => simulated), [true, false, false, false]);
});

Deno.test("eventsJson() filters by each parameter", async () => {
  const { events } = setUp();
  const found = async (params: Parameters<typeof makeQuery>[0]) =>
    (await events(params)).events.map(({ message }: { message: string }) => message.slice(-1)).join(
      "",
    );
  assertEquals(await found({ type: ["api_down", "node_online"] }), "32");
  assertEquals(await found({ severity: "warning" }), "1");
  assertEquals(await found({ node: "web.ts.net" }), "21");
  assertEquals(await found({ node: "8" }), "");
  assertEquals(await found({ q: "event 2" }), "2");
  assertEquals(await found({ since: "2026-01-31T11:52:00Z" }), "32");
  assertEquals(await found({ until: "2026-01-31T11:52:00Z" }), "1");
});

Deno.test("eventsJson() pages without a gap while new events come", async () => {
  const { events, note } = setUp();
  const first = await events({ limit: "2" });
  note(4, {});
  const second = await events({ limit: "2", cursor: String(first.next) });
  const messages = [...first.events, ...second.events].map(({ message }) => message);
  assertEquals(messages, ["Event 3", "Event 2", "Event 1"]);
  assertEquals(second.next, null);
});

Deno.test("eventsJson() is empty where nothing is remembered", async () => {
  assertEquals(await eventsJson(makeSource([]), makeQuery()), {
    total: 0,
    next: null,
    events: [],
  });
});
