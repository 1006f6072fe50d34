/**
 * A bridge in front of a tailscaled of fixtures, and what reads its answers.
 *
 * @module
 */

import { type BridgeOptions, createBridgeHandler } from "../../src/http/bridge.ts";
import { LocalApiError, type RawRequest } from "../../src/tailscale/local/mod.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureBytes } from "../_support/fixture.ts";

/** The token of a bridge that has one. */
export const TOKEN = "canary-bridge-token-01";
/** Who asks from this host. */
export const HERE = { hostname: "127.0.0.1" };
/** Who asks from another one. */
export const ELSEWHERE = { hostname: "192.0.2.7" };
/** What tailscaled answers. */
export const FIXTURES = {
  status: "localapi/status.json",
  usermetrics: "localapi/usermetrics.txt",
  whois: "localapi/whois-user.json",
} as const;

/** Nothing listens at the socket. */
export const DOWN = new LocalApiError(
  "unreachable",
  "Cannot read the status of tailscaled: no answer at /run/ts.sock: Connection refused",
);
/** No node has the address. */
export const NOBODY = new LocalApiError(
  "not_found",
  'Cannot look up the node of an address: /run/ts.sock answered 404 "no match for IP:port"; …',
  { status: 404 },
);

/** A tailscaled of fixtures; `answer` may replace what it says. */
export function setUp(
  answer: (request: RawRequest) => Promise<Uint8Array<ArrayBuffer>> = fromFixture,
  options: Partial<BridgeOptions> = {},
) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const lines: string[] = [];
  const note = (level: string) => (message: string, properties: Record<string, unknown> = {}) => {
    lines.push(`${level} ${message.replace(/\{(\w+)\}/g, (_, name) => String(properties[name]))}`);
  };
  const local = {
    raw(request: RawRequest) {
      asked.push([request.endpoint, request.query?.addr ?? []].flat().join(" "));
      return answer(request);
    },
  };
  const log = { info: note("info"), warning: note("warning") };
  const { elapsed: now, delay } = clock;
  const handle = createBridgeHandler({ local, now, delay, log, ...options });
  return { handle, clock, asked, lines };
}

/** The answer of a healthy tailscaled. */
export function fromFixture({ endpoint }: RawRequest): Promise<Uint8Array<ArrayBuffer>> {
  return Promise.resolve(fixtureBytes(FIXTURES[endpoint]));
}

/** A request as the server hands it over. */
export function request(path: string, init: RequestInit = {}, host = "127.0.0.1:8765"): Request {
  return new Request(`http://${host}${path}`, init);
}

/** Status and reason of an answer. */
export async function read(response: Response | Promise<Response>): Promise<[number, unknown]> {
  const { status, ...rest } = await parts(response);
  return [status, rest.error];
}

/** An answer, read. */
export async function parts(response: Response | Promise<Response>) {
  const { status, headers, ...answer } = await toText(await response);
  const isError = answer.text.startsWith('{\n  "error"');
  return { status, headers, ...answer, error: isError ? JSON.parse(answer.text).error : undefined };
}

async function toText(response: Response) {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
