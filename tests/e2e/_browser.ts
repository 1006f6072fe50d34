/**
 * Chromium, driven by Playwright, as a reader of the page.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** How long the page may take for what a test waits for, in milliseconds. */
const MOST_WAIT_MS = 60_000;

/** A browser; disposing of it ends it. */
export class Reader implements AsyncDisposable {
  /** What the browser complained about: errors of scripts, and what the page's policy forbids. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];

  /** For {@linkcode Reader.start}. */
  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Starts Chromium. */
  static async start(): Promise<Reader> {
    return new Reader(
      await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] }),
    );
  }

  /** Opens a page in a context of its own. */
  async open(
    url: string,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(MOST_WAIT_MS);
    const page = await context.newPage();
    page.on("console", (message) => {
      // The login form is shown because of such an answer.
      const isLogin = message.text().includes("401");
      if (message.type() === "error" && !isLogin) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    await page.goto(url);
    return page;
  }

  /**
   * Closes all pages: each has a stream of events, and the program bounds those of an address. What
   * a page asks for while it is closed is no fault, whether an answer of a test is on its way or
   * comes from the program.
   */
  async closePages(): Promise<void> {
    const contexts = this.#contexts.splice(0);
    for (const page of contexts.flatMap((context) => context.pages())) {
      page.removeAllListeners("console").removeAllListeners("pageerror");
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
    await Promise.all(contexts.map((context) => context.close()));
  }

  /** Ends the browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closePages();
    await this.#browser.close();
  }
}

/** Asserts that axe finds nothing; its script comes over CDP, which the page's policy permits. */
export async function assertAccessible(page: Page, view: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe.source });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run().then(({ violations }) => JSON.stringify(violations.map((each) => " +
      "[each.id, each.nodes.map(({ html }) => html.slice(0, 120)).slice(0, 3)])))",
    awaitPromise: true,
    returnByValue: true,
  });
  assertEquals(JSON.parse(String(result.value)), [], view);
  await session.detach();
}
