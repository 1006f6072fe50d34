/**
 * Kinds of credentials: a key of Tailscale's or headscale's in the wrong variable is recognised by
 * its prefix, before anything is asked. No value is ever shown, only its prefix.
 *
 * @module
 */

import {
  hideShapes,
  type KeyKind,
  type KeyPrefix,
  readKeyPrefix,
} from "../secret/credential_form.ts";
import type { Secret } from "../secret/secret.ts";
import { type Kind, secret, text, token } from "./kind.ts";

/** What a key is, with its article. */
const NOUNS: Readonly<Record<KeyKind, string>> = {
  client_secret: "the secret of an OAuth client",
  access_token: "an access token",
  auth_key: "an auth key",
  other_key: "a key for something else",
};

/** OAUTH_CLIENT_ID: printable ASCII without blanks, and no secret. */
export function clientId(): Kind<string> {
  return refusing(
    { ...text("printable ASCII characters without blanks", /^[!-~]{1,500}$/), brief: "" },
    (key) =>
      key.kind === "client_secret"
        ? `want the client's id: set OAUTH_CLIENT_SECRET to this value, and OAUTH_CLIENT_ID to the ` +
          `part of it between ${key.prefix} and the next dash`
        : adviseOn(key),
  );
}

/** OAUTH_CLIENT_SECRET. */
export function clientSecret(): Kind<Secret> {
  return refusing(secret(), (key) => key.kind === "client_secret" ? undefined : adviseOn(key));
}

/** OAUTH_TOKEN. */
export function accessToken(): Kind<Secret> {
  return refusing(
    secret(),
    (key) =>
      key.kind === "access_token"
        ? undefined
        : key.kind === "client_secret"
        ? "want an access token: set OAUTH_CLIENT_SECRET to this value, and OAUTH_CLIENT_ID to the " +
          "client's id"
        : adviseOn(key),
  );
}

/** HEADSCALE_API_KEY. */
export function headscaleKey(): Kind<Secret> {
  return refusing(secret(), ({ issuer, kind }) => {
    if (issuer === "Tailscale") {
      return "want a key of headscale: for Tailscale's own API set OAUTH_CLIENT_ID and " +
        "OAUTH_CLIENT_SECRET";
    }
    return kind === "access_token"
      ? undefined
      : "want an API key: what `headscale apikeys create` prints";
  });
}

/** A token that others show to us; a key of Tailscale's would be handed to all of them. */
export function ownToken(): Kind<Secret> {
  return refusing(
    token(),
    () =>
      "want a token of its own, because everyone who sends it would know the key; " +
      "`openssl rand -base64 32` makes one",
  );
}

function adviseOn({ kind, issuer }: KeyPrefix): string {
  if (kind === "access_token") {
    return "want that of an OAuth client: set OAUTH_TOKEN to this value, and unset " +
      "OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET";
  }
  const problem = kind === "auth_key"
    ? "which registers nodes and cannot call the API"
    : "which cannot call the API";
  const advice = issuer === "Tailscale"
    ? "set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET of an OAuth client with the scopes " +
      "devices:core:read and devices:routes:read"
    : "set HEADSCALE_URL to its address, and HEADSCALE_API_KEY to what `headscale apikeys create` " +
      "prints";
  return `${problem}; ${advice}`;
}

/**
 * Why the text of a setting that is shown, in `/debug` or a report, is refused: it holds a secret.
 * Names the setting that the secret belongs in, and never quotes the text.
 *
 * @param wanted Completes "want …".
 * @returns undefined for a text without a secret.
 */
export function explainSecret(text: string, wanted: string): string | undefined {
  // A proxy's password has its place in the URL, and is hidden wherever the URL is shown.
  const shown = text.replace(/\/\/.*@/s, "//");
  if (hideShapes(shown) === shown) return undefined;
  const key = readKeyPrefix(/[th]skey-.*/s.exec(shown)?.[0] ?? "");
  if (key === undefined) return `got what looks like a secret, want ${wanted}`;
  const home = homeOf(key);
  const what = `got ${NOUNS[key.kind]} (${key.prefix}…)`;
  if (home === undefined) return `${what}, ${adviseOn(key)}`;
  return `${what}, want ${wanted}; the key belongs in ${home}`;
}

/** The variable of a key that can call an API. */
function homeOf({ issuer, kind }: KeyPrefix): string | undefined {
  if (kind === "client_secret") return "OAUTH_CLIENT_SECRET";
  if (kind !== "access_token") return undefined;
  return issuer === "Tailscale" ? "OAUTH_TOKEN" : "HEADSCALE_API_KEY";
}

/** A kind that refuses keys by their prefix. No key of theirs has quotes. */
function refusing<T>(kind: Kind<T>, judge: (key: KeyPrefix) => string | undefined): Kind<T> {
  function explain(given: string): string | undefined {
    const bare = given.replace(/^(["'])(.*)\1$/s, "$2");
    const key = readKeyPrefix(bare);
    if (key === undefined) return kind.explain?.(given);
    const what = `got ${NOUNS[key.kind]} (${key.prefix}…)`;
    const advice = judge(key);
    if (advice !== undefined) return `${what}, ${advice}`;
    return bare === given ? undefined : `${what} in quotes, want it without them`;
  }
  return {
    ...kind,
    parse: (given) => explain(given) === undefined ? kind.parse(given) : undefined,
    explain,
  };
}
