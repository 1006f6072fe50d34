import { assertEquals, assertStringIncludes } from "@std/assert";
import { configureLogging } from "../src/log.ts";
import { SIGNAL, withExporter } from "./_support/exporter.ts";
import { onlineDevice } from "./_support/fake_tailnet.ts";

Deno.test("Fleet has facts, sections and targets after a cycle", async () => {
  await withExporter(async ({ fleet }, tailnet) => {
    tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
    assertEquals([fleet?.hasFacts, fleet?.isAlive, fleet?.apiError], [false, true, undefined]);
    await fleet?.loop.runOnce(SIGNAL);
    assertEquals([fleet?.hasFacts, fleet?.loop.cycleCount], [true, 1]);
    const tiles = fleet?.sections.map((section) => section.snapshot().tiles) ?? [];
    assertEquals(tiles.map((of) => of.flatMap(({ tile }) => tile.keys)), [
      ["1", "2", ""],
      ["1", "2"],
    ]);
    assertEquals(fleet?.discovery.pages(undefined)?.length, 2);
    assertEquals(fleet?.clients.upCount, 2);
  });
});

Deno.test("Fleet remembers why the API failed until it works", async () => {
  await withExporter(async ({ fleet }, tailnet) => {
    tailnet.answers.apiStatus = 403;
    await fleet?.loop.runOnce(SIGNAL);
    assertEquals(fleet?.hasFacts, false);
    assertStringIncludes(fleet?.apiError?.message ?? "", "answered 403");
    tailnet.answers.apiStatus = 200;
    await fleet?.loop.runOnce(SIGNAL);
    assertEquals([fleet?.hasFacts, fleet?.apiError], [true, undefined]);
  });
});

Deno.test("Fleet says once how the first cycle went, where more will follow", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await configureLogging({ level: "info", format: "json", secrets: [], write });
  for (const isRepeating of [true, false]) {
    await withExporter(
      async ({ fleet }, tailnet) => {
        tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
        await fleet?.loop.runOnce(SIGNAL);
        await fleet?.loop.runOnce(SIGNAL);
      },
      {},
      { isRepeating },
    );
  }
  await withExporter(async ({ fleet }, tailnet) => {
    tailnet.answers.apiStatus = 403;
    await fleet?.loop.runOnce(SIGNAL);
  });
  const infos = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "info");
  assertEquals(infos.map(({ message }) => message.replace(/\d+\.\d s/, "0.0 s")), [
    "Collected the first time in 0.0 s: 2 devices, pages of 2",
  ]);
});
