/**
 * The command `healthcheck`: asks the server of the same settings whether it is healthy, and says
 * why not. For images that have neither a shell nor curl.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import type { Config } from "../config/mod.ts";
import { describeError, isAnswerWithoutHttp, isAnswerWithoutTls } from "../errors.ts";
import { getLogger } from "../log/log.ts";
import type { Runtime } from "../runtime.ts";
import { withdrawProxies } from "../source/mod.ts";
import { TimeoutError, type TimeoutOptions, withTimeout } from "../time/timeout.ts";
import { type Answer, askPlain, type Question } from "./_ask.ts";

/** Timeout of all requests together, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** What listens everywhere is asked here. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

type Ask = (parts: Pick<Question, "method" | "path" | "headers">) => Promise<Answer>;

/**
 * Asks `/health` and `/livez`, and with `METRICS_TOKEN` whether the server takes that token.
 *
 * @returns 0 if the server is healthy or degraded, else 1; the log says why.
 */
export async function runHealthcheck(
  config: Config,
  runtime: Runtime,
  options: Pick<TimeoutOptions, "delay"> = {},
): Promise<number> {
  withdrawProxies(runtime);
  const problem = await findProblem(config, options);
  if (problem === undefined) return 0;
  getLogger("healthcheck").error("Unhealthy: {problem}", { problem });
  return 1;
}

async function findProblem(
  config: Config,
  options: Pick<TimeoutOptions, "delay">,
): Promise<string | undefined> {
  const { port, tlsCertPem } = config;
  if (port === 0) {
    return "PORT=0 takes any free port, which a health check cannot know: set PORT to the server's.";
  }
  const hostname = LOOPBACK[config.bindHost] ?? config.bindHost;
  const place = `${bracketed(hostname)}:${port}`;
  try {
    return await withTimeout(TIMEOUT_MS, async (signal) => {
      const ask = await openAsk({ hostname, port, signal }, tlsCertPem);
      return await askServer(ask, place, config);
    }, options);
  } catch (error) {
    return explain(error, place, tlsCertPem !== undefined);
  }
}

async function askServer(
  ask: Ask,
  place: string,
  { metricsToken }: Config,
): Promise<string | undefined> {
  const health = await ask({ method: "GET", path: "/health", headers: {} });
  const problem = judgeHealth(health, place);
  if (problem !== undefined) return problem;
  const live = await ask({ method: "GET", path: "/livez", headers: {} });
  if (live.status !== 200) return "the collection stands still (/livez).";
  if (metricsToken === undefined) return undefined;
  const headers = { authorization: `Bearer ${metricsToken.reveal()}` };
  const { status } = await ask({ method: "HEAD", path: "/", headers });
  return status === 401
    ? `the server at ${place} refuses METRICS_TOKEN: it was started with another one.`
    : undefined;
}

async function openAsk(
  place: Pick<Question, "hostname" | "port" | "signal">,
  certPem: string | undefined,
): Promise<Ask> {
  if (certPem === undefined) return (parts) => askPlain({ ...place, ...parts });
  const { askTls } = await import("./_ask_tls.ts");
  return (parts) => askTls({ ...place, ...parts }, certPem);
}

function judgeHealth({ body, status }: Answer, place: string): string | undefined {
  const report = readReport(body);
  if (report === undefined) {
    return `another program listens on ${place}: it answers GET /health with ${status} and no ` +
      "report of tsmetrics. Check PORT and BIND_HOST.";
  }
  if (status === 200) return undefined;
  return typeof report.reason === "string" ? report.reason : `the server says ${report.status}.`;
}

function readReport(
  body: string,
): { readonly status: string; readonly reason?: unknown } | undefined {
  try {
    const report = JSON.parse(body);
    return typeof report?.status === "string" && "version" in report ? report : undefined;
  } catch {
    return undefined;
  }
}

function explain(error: unknown, place: string, isTls: boolean): string {
  if (error instanceof TimeoutError) {
    return `no answer from ${place} within ${TIMEOUT_MS / 1000} s.`;
  }
  const text = describeError(error);
  if (/refused/i.test(text)) {
    return `nothing listens on ${place}. Start the server, or check PORT and BIND_HOST.`;
  }
  if (!isTls && (isAnswerWithoutHttp(text) || text.includes("SendRequest"))) {
    return `the server at ${place} does not speak HTTP. If it serves HTTPS, set TLS_CERT_PEM and ` +
      "TLS_KEY_PEM for the health check, too.";
  }
  if (isTls && isAnswerWithoutTls(text)) {
    return `the server at ${place} does not speak TLS: it was started without TLS_CERT_PEM.`;
  }
  return `cannot ask ${place}: ${text}.`;
}
