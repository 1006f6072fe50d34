/**
 * The simulated Tailscale API: a token for client credentials, and the device list for a token.
 *
 * Source: RFC 6749 sections 4.4 and 5.2; the published OpenAPI document of the API.
 *
 * @module
 */

import type { Secret } from "../secret/secret.ts";
import type { Hold } from "./hold.ts";
import { hexDigits, STREAM } from "./random.ts";
import type { ApiFault } from "./_spec.ts";
import type { SimulatedTailnet } from "./simulated_tailnet.ts";

/** How long a token lives: the API's one hour. */
const TOKEN_SECONDS = 3600;

/** What a client of the demo may ask for. */
const SCOPES: readonly string[] = ["all:read", "devices:core:read", "users:read"];

/** Those of {@linkcode SCOPES} that open the device list. */
const DEVICE_SCOPES: readonly string[] = ["all:read", "devices:core:read"];

/** Larger than any limit an exporter should have. */
const HUGE_BYTES = 200 * 1024 * 1024;

const TOKEN_PATH = "/api/v2/oauth/token";
const DEVICES_PATH = /^\/api\/v2\/tailnet\/([^/]+)\/devices$/;

/** What the API is made from. */
export interface ApiOptions {
  /** The devices it lists. */
  readonly tailnet: SimulatedTailnet;
  /** What the token endpoint wants. */
  readonly clientSecret: Secret;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** Where requests wait that get no answer. */
  readonly hold: Hold;
}

interface Token {
  readonly scopes: readonly string[];
  readonly expiresMs: number;
}

/** The simulated API; answers one request at a time, keeps only its tokens. */
export class DemoApi {
  readonly #options: ApiOptions;
  readonly #tokens = new Map<string, Token>();
  #issued = 0;

  /** An API that has issued no token yet. */
  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** The API's answer. */
  async answer(request: Request, url: URL): Promise<Response> {
    const { apiFault } = this.#options.tailnet;
    if (url.pathname === TOKEN_PATH) {
      if (request.method !== "POST") return refuse(405, "method not allowed", { allow: "POST" });
      return await this.#issueToken(request);
    }
    const devices = DEVICES_PATH.exec(url.pathname);
    if (devices === null) return refuse(404, "not found");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refuse(405, "method not allowed", { allow: "GET, HEAD" });
    }
    if (apiFault !== undefined) return await this.#misbehave(apiFault);
    const token = this.#tokenOf(request);
    if (token === undefined) return refuse(401, "API token invalid");
    if (!token.scopes.some((scope) => DEVICE_SCOPES.includes(scope))) {
      return refuse(403, "calling actor does not have enough permissions: devices:core:read");
    }
    if (devices[1] !== "-" && devices[1] !== "example.com") return refuse(404, "tailnet not found");
    return this.#listDevices(url.searchParams.get("fields") ?? "default");
  }

  #listDevices(fields: string): Response {
    if (fields !== "all" && fields !== "default") {
      return refuse(400, `unknown value "${fields}" of fields`);
    }
    return new Response(this.#options.tailnet.apiList(fields), {
      headers: { "content-type": "application/json" },
    });
  }

  async #issueToken(request: Request): Promise<Response> {
    if (!(request.headers.get("content-type") ?? "").startsWith(FORM)) {
      return refuseToken(400, "invalid_request", `want a body of ${FORM}`);
    }
    const form = new URLSearchParams(await request.text());
    const grant = form.get("grant_type");
    if (grant !== null && grant !== "client_credentials") {
      return refuseToken(400, "unsupported_grant_type", "want client_credentials");
    }
    // The secret names its client, so the client id is not looked at, as on the real thing.
    const secret = basicCredentials(request)?.password ?? form.get("client_secret");
    if (secret !== this.#options.clientSecret.reveal()) {
      return refuseToken(401, "invalid_client", "invalid client credentials");
    }
    const scopes = form.get("scope")?.split(" ").filter((scope) => scope !== "") ?? [];
    if (!scopes.every((scope) => SCOPES.includes(scope))) {
      return refuseToken(400, "invalid_scope", "the client does not have all of the scopes");
    }
    return this.#newToken(scopes.length === 0 ? ["all:read"] : scopes);
  }

  #newToken(scopes: readonly string[]): Response {
    const { tailnet, now } = this.#options;
    const nowMs = now();
    for (const [old, { expiresMs }] of this.#tokens) {
      if (expiresMs <= nowMs) this.#tokens.delete(old);
    }
    const luck = hexDigits(24, tailnet.seed, STREAM.session, ++this.#issued, nowMs);
    const accessToken = ["tskey", "api", "demo", luck].join("-");
    this.#tokens.set(accessToken, { scopes, expiresMs: nowMs + TOKEN_SECONDS * 1000 });
    return Response.json({
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: TOKEN_SECONDS,
      scope: scopes.join(" "),
    }, { headers: { "cache-control": "no-store" } });
  }

  #tokenOf(request: Request): Token | undefined {
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const text = bearer ?? basicCredentials(request)?.user;
    const token = text === undefined ? undefined : this.#tokens.get(text);
    return token !== undefined && token.expiresMs > this.#options.now() ? token : undefined;
  }

  async #misbehave(fault: ApiFault): Promise<Response> {
    const { tailnet, hold } = this.#options;
    switch (fault) {
      case "unauthorized":
        return refuse(401, "API token invalid");
      case "forbidden":
        return refuse(403, "calling actor does not have enough permissions: devices:core:read");
      case "not_found":
        return refuse(404, "tailnet not found");
      case "rate_limited":
        return refuse(429, "too many requests", { "retry-after": "1" });
      case "server":
        return refuse(500, "internal error");
      case "html":
        return new Response("<!doctype html><title>Sign in</title>", {
          headers: { "content-type": "text/html; charset=utf-8" },
        });
      case "cut": {
        const body = tailnet.apiList("all");
        return new Response(body.subarray(0, body.length >> 1), {
          headers: { "content-type": "application/json" },
        });
      }
      case "huge":
        return new Response(spaces(HUGE_BYTES), {
          headers: { "content-type": "application/json" },
        });
      case "hang":
        await hold.wait();
        return new Response(null, { status: 503 });
    }
  }
}

const FORM = "application/x-www-form-urlencoded";

function refuse(status: number, message: string, headers?: Record<string, string>): Response {
  return Response.json({ message }, { status, ...(headers === undefined ? {} : { headers }) });
}

function refuseToken(status: number, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, {
    status,
    headers: { "cache-control": "no-store" },
  });
}

function basicCredentials(
  request: Request,
): { readonly user: string; readonly password: string } | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const text = atob(encoded);
    const colon = text.indexOf(":");
    if (colon < 0) return undefined;
    // RFC 6749 section 2.3.1 has both parts form-encoded before they are joined.
    return {
      user: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    return undefined;
  }
}

/** A body of blanks, made as it is read: valid JSON would have to follow, and never does. */
function spaces(bytes: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(64 * 1024).fill(0x20);
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(chunk.slice(0, Math.min(left, chunk.length)));
      left -= chunk.length;
    },
  });
}
