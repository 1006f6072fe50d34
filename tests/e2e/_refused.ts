/**
 * What the program says of an API that refuses it, by `check`, on its page and in its log.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Program, runProgram, type Settings } from "./_program.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

/**
 * Only the API is of interest: no device has this tag, and one cycle is enough. Its page is asked
 * for until that cycle, with its retries, is over.
 */
const API_ONLY: Settings = {
  SCRAPE_TAG: "nobody",
  SCRAPE_INTERVAL: "1h",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
};

/** A refusal, and how it must be told. */
export interface Refusal {
  /** The settings that make it so. */
  readonly settings: Settings;
  /** What the failure is counted under. */
  readonly errorType: string;
  /** The request that fails. */
  readonly request: { readonly endpoint: string; readonly code: string };
  /** What `check` and the one line of the log say, the API's own words among it. */
  readonly message: RegExp;
  /** The variable whose value must not be told. */
  readonly secret: string;
}

/** A program whose first cycle is over, and what its page says. */
export async function startOne(settings: Settings): Promise<readonly [Program, Samples]> {
  const program = await Program.start({ ...API_ONLY, ...settings });
  const samples = await until("the first cycle", async () => {
    const samples = await takeSamples(program);
    const cycles = samples.sum("tsmetrics_scrape_duration_seconds_count", { target: "tailscale" });
    return cycles === 1 && samples;
  });
  return [program, samples];
}

/** Fails unless `check`, page and log tell of the refusal, once each and without the secret. */
export async function assertRefused(refusal: Refusal): Promise<void> {
  const { errorType, message, request, secret, settings } = refusal;
  const check = await runProgram(["check"], settings);
  assertEquals([check.code, check.stderr], [1, ""]);
  assertMatch(check.stdout, message);
  const [program, samples] = await startOne(settings);
  await using _ = program;
  assertEquals(samples.sum("tsmetrics_api_up"), 0);
  const errors = { target: "api" };
  assertEquals(samples.sum("tsmetrics_scrape_errors_total", errors), 1);
  const label = { ...errors, error_type: errorType };
  assertEquals(samples.sum("tsmetrics_scrape_errors_total", label), 1);
  assert((samples.sum("tsmetrics_api_requests_total", request) ?? 0) >= 1);
  assertEquals(samples.all("tailscale_device_count"), []);
  const lines = await program.untilLogged(/ (WARN|ERROR) /);
  assertEquals(lines.length, 1);
  assertMatch(lines[0] ?? "", message);
  // Nearly all of it: a value that is wrong differs from the right one in its last character.
  const value = settings[secret]?.slice(0, -1) ?? "";
  assert(value !== "", `There is no ${secret}`);
  assert(!(program.log.text + check.stdout).includes(value), `${secret} was told`);
}
