/**
 * A canary in every secret of the program, and a look at every place where it must not sing.
 *
 * @module
 */

import { assert } from "@std/assert";
import { fixtureText } from "../_support/fixture.ts";
import { CLIENT_ID, FakeTailnet } from "./_fake_tailnet.ts";
import type { Program, Settings } from "./_program.ts";

/** Stands in every secret, and nowhere else. */
export const CANARY = "kanarie7";

/** Of the OAuth client, with all that is written in another way somewhere. */
export const CLIENT_SECRET = `${CANARY}-client/secret+&="1%`;
/** What access tokens begin with. */
export const TOKEN_PREFIX = `${CANARY}-access/token+=-`;
/** Of the readers of the page. */
export const METRICS_TOKEN = `${CANARY}-metrics-token`;
/** User info of SCRAPE_PROXY. */
export const PAGE_LOGIN = `${CANARY}-user:${CANARY}-password`;
/** User info of the environment's proxies. */
export const ENV_LOGIN = `${CANARY}-env-user:${CANARY}-env-password`;
/** The server's key; its lines are secrets. */
export const KEY_PEM = fixtureText("tls/key.pem");

/**
 * What must not stand anywhere: the canary, however it is cased, and other spellings of secrets.
 */
const FORBIDDEN: readonly string[] = [
  CANARY,
  ...[PAGE_LOGIN, ENV_LOGIN, `${CLIENT_ID}:${CLIENT_SECRET}`, CLIENT_SECRET].map(btoa),
  ...KEY_PEM.split("\n").filter((line) => line !== "" && !line.startsWith("-----")),
].map((text) => text.toLowerCase());

/** Fails if any secret stands in the text. */
export function assertClean(text: string, where: string): void {
  const lower = text.toLowerCase();
  for (const secret of FORBIDDEN) {
    const at = lower.indexOf(secret);
    assert(at < 0, `${where} has ${secret}: …${text.slice(Math.max(0, at - 300), at + 100)}…`);
  }
}

/** Settings with a canary in every secret there is. */
export function canarySettings(tailnet: FakeTailnet): Settings {
  return {
    ...tailnet.settings,
    METRICS_TOKEN,
    TS_AUTHKEY: `tskey-auth-${CANARY}`,
    TSNET_STATE: `${CANARY}-state`,
    TLS_CERT_PEM: fixtureText("tls/cert.pem"),
    TLS_KEY_PEM: KEY_PEM,
    // the fake is this proxy, too
    HTTP_PROXY: `http://${ENV_LOGIN}@${tailnet.host}`,
    HTTPS_PROXY: `http://${ENV_LOGIN}@${tailnet.host}`,
    LOG_LEVEL: "debug",
  };
}

/** A tailnet that takes these secrets. */
export function makeCanaryTailnet(devices: readonly string[] = ["good", "bad"]): FakeTailnet {
  return new FakeTailnet({
    devices,
    clientSecret: CLIENT_SECRET,
    tokenPrefix: TOKEN_PREFIX,
    proxyLogin: PAGE_LOGIN,
  });
}

const PAGES = [
  "/",
  "/metrics",
  "/metrics?token=wrong",
  "/health",
  "/healthz",
  "/debug",
  "/livez",
  "/readyz",
  "/nothing-here",
] as const;

/**
 * Looks at everything that the program shows at this moment, to those who may and those who may
 * not.
 */
export async function lookEverywhere(program: Program, phase: string): Promise<void> {
  const logins: readonly Record<string, string>[] = [
    { authorization: `Bearer ${METRICS_TOKEN}` },
    { authorization: "Bearer wrong" },
    {},
  ];
  for (const login of logins) {
    for (const path of PAGES) {
      const response = await program.get(path, login);
      const head = JSON.stringify([...response.headers]);
      assertClean(head + await response.text(), `${path} during ${phase}`);
    }
  }
  assertClean(program.log.text, `the log during ${phase}`);
  assertClean(program.stdout.text, `standard output during ${phase}`);
}
