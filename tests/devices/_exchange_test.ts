import { assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../src/devices/_deadline.ts";
import { ReadBudget } from "../../src/devices/_read_budget.ts";
import { DirectClient, type PageConnection } from "../../src/devices/direct.ts";
import { createScraper } from "../../src/devices/scrape.ts";
import { makeDevice, makeTarget } from "./_device.ts";
import { FakeNetwork, HEAD, LENGTH } from "./_network.ts";

const MAX_BYTES = 1000;

const encoder = new TextEncoder();

Deno.test("Exchange ends at its deadline although bytes never stop", async () => {
  // Each read resolves at once, so no timer would ever fire without the budget's turns.
  const starts = ["HTTP/1.1 ", `${HEAD}Transfer-Encoding: chunked\r\n\r\n`];
  for (const [start, again] of [[starts[0], ""], [starts[1], "1\r\n#\r\n"]] as const) {
    let reads = 0;
    let isClosed = false;
    const connect = (): Promise<PageConnection> =>
      Promise.resolve({
        write: (bytes) => Promise.resolve(bytes.length),
        read: (bytes) => {
          if (isClosed || ++reads > 1e6) return Promise.reject(new Error("Read after the end"));
          const { read } = encoder.encodeInto(reads === 1 ? start ?? "" : again, bytes);
          return Promise.resolve(read);
        },
        close: () => void (isClosed = true),
      });
    let nowMs = 0;
    const deadlines = new Deadlines({ timeoutMs: 100, now: () => nowMs++ });
    const deadline = deadlines.open();
    const { request } = new DirectClient({ connect });
    await assertRejects(
      async () => {
        const answer = await request("http://100.64.0.7:5252/metrics", makeTarget(5252), deadline);
        await answer.read(MAX_BYTES);
      },
      Error,
      "deadline exceeded",
    );
    assertEquals([isClosed, deadline.isOver, reads < 110], [true, true, true]);
    deadlines.close(deadline);
  }
});

Deno.test("Exchange shares the event loop among all of its requests", async () => {
  const turns: (() => void)[] = [];
  const budget = new ReadBudget({ bytes: 600, nextTurn: (callback) => turns.push(callback) });
  const network = new FakeNetwork([LENGTH], [LENGTH], [LENGTH], [LENGTH]);
  const client = new DirectClient({ connect: network.connect, budget });
  const scraper = createScraper({
    request: client.request,
    timeoutMs: 30_000,
    maxBytes: MAX_BYTES,
  });
  let done = 0;
  const all = ["1", "2", "3", "4"].map(async (id) => {
    await scraper(makeTarget(5252, makeDevice({ id })));
    done++;
  });
  const doneByTurn: number[] = [];
  while (done < 4 && doneByTurn.length < 10) {
    for (let step = 0; step < 200; step++) await Promise.resolve();
    doneByTurn.push(done);
    for (const turn of turns.splice(0)) turn();
  }
  await Promise.all(all);
  assertEquals(doneByTurn, [3, 4]);
  client.close();
});
