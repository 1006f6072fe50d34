import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import type { DeviceRow } from "../../src/ui/model.ts";
import type { Schema } from "../../src/api/schema.ts";
import { SCRIPT, STYLES } from "../../src/ui/asset.ts";
import { bundlePage } from "../../tools/ui.ts";
import { assertOpenApi, assertValid } from "../api/_schema_check.ts";
import { assertAccessible, Reader } from "./_browser.ts";
import { filterEvents } from "./_browser_events.ts";
import {
  redrawChart,
  type Setup,
  showAccess,
  showCharts,
  showFailure,
  showHosts,
} from "./_browser_views.ts";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { Program } from "./_program.ts";
import { until } from "../_support/until.ts";

/** Where pictures go, for documents and for people; none are made where it is not set. */
const PICTURES = Deno.env.get("TSMETRICS_PICTURES");

/** A device of the demo answers nothing; nothing here waits for it. */
const DEMO = {
  TEST_DEVICES: "demo",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
  CLIENT_METRICS_TIMEOUT: "1s",
} as const;

/** What is read of an operation of the OpenAPI document. */
interface Operation {
  readonly responses: {
    readonly 200: {
      readonly content: { readonly "application/json"?: { readonly schema: Schema } };
    };
  };
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** Each answer is as the document says: of paths with a parameter in them, that of a device. */
async function checkAnswers({ program }: Setup): Promise<void> {
  const document = JSON.parse(await program.text("/api/openapi.json"));
  assertOpenApi(document);
  const { devices: [{ id }] } = JSON.parse(await program.text("/api/v1/devices?limit=1"));
  const { 200: details } = document.paths["/api/v1/devices/{id}"].get.responses;
  const device = JSON.parse(await program.text(`/api/v1/devices/${id}`));
  assertEquals(device.id, id);
  assertValid(details.content["application/json"].schema, device, "a device");
  const { 400: refusal } = document.paths["/api/v1/devices"].get.responses;
  const refused = await program.get("/api/v1/devices?limit=0");
  assertEquals(refused.status, 400);
  assertValid(refusal.content["application/json"].schema, await refused.json(), "a 400");
  let count = 0;
  for (const [path, { get }] of Object.entries<Record<string, Operation>>(document.paths)) {
    // A stream of events has no end.
    const schema = get?.responses["200"].content["application/json"]?.schema;
    if (schema === undefined || path.includes("{")) continue;
    count++;
    const answer = JSON.parse(await program.text(path));
    assertValid(schema, answer, path);
  }
  assert(count > 5);
}

/** What is embedded is what the sources make. */
async function checkBundle(): Promise<void> {
  const { script, styles } = await bundlePage();
  assertEquals([SCRIPT === script, STYLES === styles], [true, true], "run deno task ui");
}

/** The page shows the demo, in a browser that allows nothing inline. */
async function showViews({ program, reader }: Setup): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await reader.open(`${program.origin}/`, { colorScheme });
    await page.locator(".headline h1").waitFor();
    await assertAccessible(page, `overview ${colorScheme}`);
    await picture(page, `overview-${colorScheme}`);
    await page.getByRole("link", { name: "Nodes", exact: true }).click();
    await page.locator(".rows .row").first().waitFor();
    await assertAccessible(page, `nodes ${colorScheme}`);
    await picture(page, `nodes-${colorScheme}`);
    await page.getByLabel("State").selectOption("down");
    await page.locator(".rows .row a").first().click();
    await page.getByRole("heading", { name: "Device metrics" }).waitFor();
    await assertAccessible(page, `node ${colorScheme}`);
    await picture(page, `node-${colorScheme}`);
    await page.getByRole("link", { name: "Alerts" }).click();
    await page.getByRole("heading", { name: "Pending" }).waitFor();
    await assertAccessible(page, `alerts ${colorScheme}`);
    await picture(page, `alerts-${colorScheme}`);
    await page.getByRole("link", { name: "Events" }).click();
    await page.getByText("First device list after a start").waitFor();
    await assertAccessible(page, `events ${colorScheme}`);
    await page.getByRole("link", { name: "Exporter" }).click();
    await page.getByRole("heading", { name: "Endpoints" }).waitFor();
    await assertAccessible(page, `exporter ${colorScheme}`);
    await picture(page, `exporter-${colorScheme}`);
  }
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const page = await reader.open(`${program.origin}/`, phone);
  await page.locator(".headline h1").waitFor();
  for (
    const view of ["overview", "nodes", "events", "alerts", "hosts", "access", "exporter"]
  ) {
    await page.goto(`${program.origin}/#/${view}`);
    await page.locator(`main.${view}`).waitFor();
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assertEquals(width, 390, `${view} is as wide as the phone`);
  }
  await page.goto(`${program.origin}/#/nodes`);
  await page.locator(".rows .row").first().waitFor();
  await picture(page, "nodes-phone");
}

/** The page is used by keyboard alone, and its filters stand in the URL. */
async function useKeys({ program, reader }: Setup): Promise<void> {
  const page = await reader.open(`${program.origin}/vpn`);
  await page.locator(".headline h1").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await until(
    "the search to have the focus",
    async () => await page.evaluate("document.activeElement.id") === "search",
  );
  await page.keyboard.type("fra-0");
  await until("the search in the URL", () => page.url().endsWith("#/nodes?q=fra-0"));
  await page.locator(".rows .row").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("a node", () => /#\/nodes\/\d+$/.test(page.url()));
  await page.locator(".node h1").waitFor();
  await page.keyboard.press("Escape");
  await until("the list as it was", () => page.url().endsWith("#/nodes?q=fra-0"));
  assertEquals(await page.locator("#search").inputValue(), "fra-0");
}

/** An alert is silenced, and the silence ended, in the page. */
async function silenceAlert({ program, reader }: Setup): Promise<void> {
  const page = await reader.open(`${program.origin}/#/alerts`);
  const [firing] = [page.locator(".alerts li", { hasText: "web-fra-01" }).first()];
  await firing.getByRole("combobox").selectOption("60");
  await firing.getByText("silenced, ends in").waitFor();
  const { silences: [silence] } = await (await program.get("/api/v1/alerts")).json();
  assertEquals([silence.rule, silence.node], ["lock_error", "web-fra-01.tail-demo.ts.net"]);
  await page.getByRole("button", { name: "End" }).click();
  await page.getByRole("heading", { name: "Silences" }).waitFor({ state: "detached" });
  assertEquals((await (await program.get("/api/v1/alerts")).json()).silences, []);
}

/** The diagnosis is copied; where the browser does not do that, it is shown and selected. */
async function copyDiagnosis({ program, reader }: Setup): Promise<void> {
  const { devices: [{ id }] } = await (await program.get("/api/v1/devices?limit=1")).json();
  const device = await (await program.get(`/api/v1/devices/${id}`)).json();
  const diagnosis: string = device.diagnosis;
  // The first line has the time.
  const [, line] = diagnosis.split("\n");
  const address = `${program.origin}/#/nodes/${id}`;
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await reader.open(address, { permissions });
  await until("the button to say that it has copied", async () => {
    await page.getByRole("button", { name: "Copy diagnosis" }).click();
    // It says so for 2 s, which a busy machine may miss.
    const waited = page.getByRole("button", { name: "Copied" }).waitFor({ timeout: 5_000 });
    return await waited.then(() => true, () => false);
  });
  const copied = String(await page.evaluate("navigator.clipboard.readText()"));
  assertEquals(copied.split("\n")[1], line);

  const plain = await reader.open("about:blank");
  // What a browser has on plain HTTP; 127.0.0.1 counts as safe.
  await plain.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  let answers = 0;
  // Each end of a stream makes the page ask again; the text is another one each time.
  await plain.route("**/api/v1/events/stream", (route) => {
    const body = "retry: 500\nevent: ready\ndata: {}\n\n";
    return route.fulfill({ contentType: "text/event-stream", body });
  });
  await plain.route(`**/api/v1/devices/${id}`, (route) => {
    const os = `answer ${++answers}`;
    return route.fulfill({ json: { ...device, os, diagnosis: diagnosis.replace(/.*/, os) } });
  });
  await plain.goto(address);
  const selection = () =>
    plain.evaluate<readonly [string, string]>(
      "[getSelection().toString(), document.querySelector('textarea').value]",
    );
  const select = async () => {
    await plain.getByRole("button", { name: "Copy diagnosis" }).click();
    await plain.getByLabel("Copy the text below").waitFor();
    const [selected, shown] = await selection();
    return selected === shown && selected;
  };
  assertEquals((await until("the text to be selected", select)).split("\n")[1], line);
  await plain.evaluate("getSelection().removeAllRanges(), document.activeElement.blur()");
  const text = await until("the text to be selected again", select);
  // A click takes the text that the page has by then.
  const last = answers;
  await until("a later answer on the page", async () => {
    const shown = await plain.getByText(/^answer \d+$/).first().textContent();
    return Number(shown?.split(" ")[1]) > last + 1;
  });
  assertEquals(await selection(), [text, text], "a later answer leaves the selection alone");
  await assertAccessible(plain, "copy by hand");
  await picture(plain, "copy");
}

/** The page holds 10,000 nodes, of which the document has those on the screen. */
async function scrollFar({ program, reader }: Setup): Promise<void> {
  const { devices: [row] } = await (await program.get("/api/v1/devices?limit=1")).json();
  const page = await reader.open("about:blank");
  await page.route("**/api/v1/devices?*", async (route) => {
    const start = Number(new URL(route.request().url()).searchParams.get("cursor") ?? "0");
    const devices = Array.from({ length: 1_000 }, (_, at): DeviceRow => ({
      ...row,
      id: String(start + at),
      name: `node-${String(start + at).padStart(5, "0")}.tail-demo.ts.net`,
      problem: null,
    }));
    const next = start + 1_000 < 10_000 ? String(start + 1_000) : null;
    await route.fulfill({ json: { total: 10_000, next, devices } });
  });
  await page.goto(`${program.origin}/#/nodes`);
  await page.getByText("10,000 of 10,000 nodes").waitFor();
  const rows = page.locator(".rows .row");
  assert(await rows.count() < 60);
  await page.locator(".table .body").evaluate((body) => body.scrollTop = body.scrollHeight);
  await page.getByText("node-09999").waitFor();
  assert(await rows.count() < 60);
  await page.locator("#search").fill("node-0424");
  await page.getByText("10 of 10,000 nodes").waitFor();
}

Deno.test("the page shows the demo, allows nothing inline, and is used by keyboard", async (test) => {
  await using program = await Program.start(DEMO);
  await program.untilStarted();
  await using reader = await Reader.start();
  const steps = [
    checkAnswers,
    checkBundle,
    showViews,
    useKeys,
    filterEvents,
    silenceAlert,
    scrollFar,
    copyDiagnosis,
    showHosts,
    showCharts,
    redrawChart,
    showFailure,
    showAccess,
  ];
  for (const step of steps) {
    await test.step(step.name, () => step({ program, reader }));
    await reader.closePages();
  }
  assertEquals(reader.complaints, []);
});

Deno.test("the page asks for a login once, and forgets it at the end of the session", async () => {
  const token = "a-token-for-this-test-only";
  const prefix = { WEB_ROUTE_PREFIX: "/tools/tsmetrics" };
  // The hash of "a-password", at the lowest cost.
  const hash = "$2b$04$0tJFhBh878evjwk2zlWjK.pecEoko6rc6fz.aJJ7/MY.2Y9nWyfCm";
  await using program = await Program.start({
    ...DEMO,
    METRICS_TOKEN: token,
    BASIC_AUTH_USERS: `ann:${hash}`,
    ...prefix,
  });
  await program.untilStarted();
  await using reader = await Reader.start();
  const page = await reader.open(`${program.origin}/tools/tsmetrics`);
  await page.getByLabel("Password or token").fill("not-the-token-at-all");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("This is not the token.").waitFor();
  await assertAccessible(page, "login");
  await picture(page, "login");
  await page.getByLabel("Password or token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator(".headline h1").waitFor();
  await page.reload();
  await page.locator(".headline h1").waitFor();
  const [cookie] = await page.context().cookies();
  assertEquals([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [
    true,
    "Strict",
    prefix.WEB_ROUTE_PREFIX,
  ]);
  assertEquals(await page.evaluate("document.cookie + JSON.stringify(localStorage)"), "{}");
  await page.getByRole("link", { name: "Exporter" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Name").fill("ann");
  await page.getByLabel("Password or token").fill("a-password");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Log out" }).waitFor();
  assertEquals(reader.complaints, []);
});

Deno.test("the page shows what happens as it happens, and is never told that it asks too often", async () => {
  const state = { isOnline: true };
  await using tailnet = new FakeTailnet({ devices: ["db"] });
  tailnet.onDevices = () =>
    Response.json({
      devices: [{
        id: "1",
        name: "db.fake.ts.net",
        hostname: "db",
        os: "linux",
        addresses: ["100.64.0.1"],
        connectedToControl: state.isOnline,
        lastSeen: new Date().toISOString(),
      }],
    });
  await using program = await Program.start({
    ...tailnet.settings,
    SCRAPE_INTERVAL: "1s",
    CLIENT_METRICS_TIMEOUT: "1s",
    ALERT_OFFLINE_AFTER: "0s",
    HISTORY_STORE: "off",
    // The default, which other tests raise.
    RATE_LIMIT_RPS: "10",
    RATE_LIMIT_BURST: "20",
  });
  await program.untilStarted();
  await using reader = await Reader.start();
  const page = await reader.open(`${program.origin}/#/events`);
  await page.locator(".stream.live").waitFor();
  state.isOnline = false;
  await page.getByText("db is offline", { exact: true }).first().waitFor();
  await page.getByRole("link", { name: "Alerts" }).click();
  const [firing] = [page.locator(".alerts li", { hasText: "db" }).first()];
  await firing.getByRole("combobox").selectOption("60");
  await firing.getByText("silenced, ends in").waitFor();
  const views = ["nodes", "events", "alerts", "hosts", "exporter", "nodes/1", "overview"];
  for (let at = 0; at < 30; at++) {
    await page.evaluate((view) => location.hash = `#/${view}`, views[at % views.length] ?? "");
  }
  state.isOnline = true;
  await page.goto(`${program.origin}/#/events`);
  await page.getByText("db is online", { exact: true }).first().waitFor();
  assertEquals(await page.locator(".failure").count(), 0);
  assertEquals(reader.complaints, []);
});
