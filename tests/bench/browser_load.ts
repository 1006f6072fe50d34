/**
 * `deno task bench:browser`: what the page costs a reader, in Chromium. The program runs on the
 * demo with 1,000 devices. Of the overview: when its first paint with content is, and when its
 * headline names what is most wrong. Of the node table with 10,000 rows, which the browser is
 * handed in the program's place: the times between frames while it scrolls, and how long a search
 * takes. Chromium from `tests/e2e/install.sh` only.
 *
 * @module
 */

import { Reader } from "../e2e/_browser.ts";
import { Program } from "../e2e/_program.ts";
import { sleep } from "./_process.ts";

/** How often the overview is opened, each time without a cache. */
const ROUNDS = 7;

/** Frames of one scroll. */
const FRAMES = 180;

/** Pixels of each frame: a turn of the wheel, and a jump after which every row is another. */
const STEPS: readonly number[] = [100, 2_000];

const ROWS = 10_000, PAGE = 1_000;

/** Scrolls the table from its top, and gives the milliseconds between frames. */
function scroll(stepPx: number): string {
  return `new Promise((done) => {
    const body = document.querySelector(".table .body");
    const times = [];
    let last = performance.now();
    body.scrollTop = 0;
    requestAnimationFrame(function next(now) {
      times.push(now - last);
      last = now;
      body.scrollTop += ${stepPx};
      if (times.length < ${FRAMES}) requestAnimationFrame(next);
      else done(times.slice(2));
    });
  })`;
}

/** Milliseconds from the start of the navigation to the first paint with content. */
const PAINT = `performance.getEntriesByName("first-contentful-paint")[0].startTime`;

async function main(): Promise<void> {
  const limits = { RATE_LIMIT_RPS: "10000", RATE_LIMIT_BURST: "10000" };
  await using program = await Program.start({ TEST_DEVICES: "demo:1000", ...limits });
  await program.untilStarted();
  await using reader = await Reader.start();
  console.log("| what | best | median | p95 | maximum |\n|------|------|--------|-----|---------|");
  await openOverview(program, reader);
  await scrollTable(program, reader);
}

async function openOverview(program: Program, reader: Reader): Promise<void> {
  const [paints, headlines]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const page = await reader.open("about:blank");
    // Noted within the page, so that the way of a message to the test is not measured.
    await page.addInitScript(`new MutationObserver((_, observer) => {
      if (document.querySelector(".headline h1") === null) return;
      observer.disconnect();
      globalThis.headlineMs = performance.now();
    }).observe(document, { childList: true, subtree: true })`);
    await page.goto(`${program.origin}/`);
    await page.locator(".headline h1").waitFor();
    headlines.push(Number(await page.evaluate("headlineMs")));
    paints.push(Number(await page.evaluate(PAINT)));
    await page.context().close();
    await sleep(200);
  }
  print("overview of 1,000 devices: first paint with content", paints);
  print("the same: the headline is there", headlines);
}

async function scrollTable(program: Program, reader: Reader): Promise<void> {
  const { devices: [row] } = await (await program.get("/api/v1/devices?limit=1")).json();
  const page = await reader.open("about:blank");
  await page.route("**/api/v1/devices?*", async (route) => {
    const start = Number(new URL(route.request().url()).searchParams.get("cursor") ?? "0");
    const devices = Array.from({ length: PAGE }, (_, at) => {
      const name = `node-${String(start + at).padStart(5, "0")}.tail-demo.ts.net`;
      return { ...row, id: String(start + at), name };
    });
    const next = start + PAGE < ROWS ? String(start + PAGE) : null;
    await route.fulfill({ json: { total: ROWS, next, devices } });
  });
  await page.goto(`${program.origin}/#/nodes`);
  await page.getByText("10,000 of 10,000 nodes").waitFor();
  for (const stepPx of STEPS) {
    const frames = await page.evaluate(scroll(stepPx));
    const what = `10,000 rows: from frame to frame, scrolling ${stepPx} pixels each`;
    print(what, Array.isArray(frames) ? frames : []);
  }
  const searches: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [text, count] = round % 2 === 0 ? ["node-0424", "10"] : ["", "10,000"];
    const startMs = performance.now();
    await page.locator("#search").fill(text ?? "");
    await page.getByText(`${count} of 10,000 nodes`).waitFor();
    searches.push(performance.now() - startMs);
  }
  print("the same: a search, with the test's own way to the browser", searches);
}

function print(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = [0, 0.5, 0.95, 1].map((part) =>
    sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]
  );
  console.log(`| ${what} | ${at.map((each) => `${each?.toFixed(1)} ms`).join(" | ")} |`);
}

await main();
