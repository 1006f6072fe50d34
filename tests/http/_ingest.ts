/**
 * Real access analytics for tests of what goes in by `POST /analytics/ingest`, and comes out by
 * `GET /analytics/access-logs`.
 *
 * @module
 */

import { Analytics } from "../../src/analytics.ts";
import { createAnalyticsAnswer } from "../../src/http/analytics.ts";
import { createIngestAnswer } from "../../src/http/ingest.ts";
import type { RequestBody } from "../../src/http/server/request_body.ts";
import { decodeWhois } from "../../src/tailscale/local/whois.ts";
import { testConfig } from "../_support/config.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";
import { REMOTE } from "./_handler.ts";

/** The owner of 100.64.0.2. */
export const WHOIS = { ...decodeWhois(fixtureText("localapi/whois-user.json")), createdSeconds: 0 };

/** Access analytics with a tailscaled that knows one address. */
export function makeAnalytics(settings: Readonly<Record<string, string>> = {}): Analytics {
  const clock = new FakeClock();
  return new Analytics({
    settings: testConfig({ TEST_DEVICES: "a", ACCESS_INGEST: "true", ...settings }),
    runtime: { now: clock.now, elapsedMs: clock.elapsed },
    tailnets: [],
    local: {
      status: () => Promise.reject(new Error("not asked here")),
      whois: (address) => Promise.resolve(address === "100.64.0.2" ? WHOIS : undefined),
    },
    makeKey: () => "key",
    log: { info() {}, warning() {} },
  });
}

/** What ingest answers to lines, and what the last requests then are. */
export async function ingest(analytics: Analytics, lines: readonly string[]) {
  const origin = "http://127.0.0.1:9100/analytics";
  const pieces = [new TextEncoder().encode(lines.join("\n"))];
  const body = { isFinished: false, read: () => Promise.resolve(pieces.shift()) } as RequestBody;
  const request = new Request(`${origin}/ingest`, { method: "POST" });
  const report = await createIngestAnswer({ views: analytics })(request, {
    ...REMOTE,
    body,
  });
  await analytics.access.settled();
  const answer = createAnalyticsAnswer({ views: analytics, now: () => 0 });
  const logs = await answer(new Request(`${origin}/access-logs`));
  const { access_logs: records }: {
    readonly access_logs: readonly Readonly<Record<string, unknown>>[];
  } = await logs.json();
  return { report: await report.json(), records };
}
