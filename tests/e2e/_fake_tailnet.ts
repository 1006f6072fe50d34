/**
 * A Tailscale API and the devices behind an HTTP proxy, on one loopback port, each of which can be
 * told to answer anything. Written apart from `src/demo`, so that the program and its own
 * simulation cannot share a mistake.
 *
 * @module
 */

import { fixtureText } from "../_support/fixture.ts";

/** Answers a request in place of the API or of a device. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** A page that a real tailscaled wrote. */
export const REAL_PAGE = fixtureText("pages/usermetrics-after-derp.txt");

/** What a device's page comes with. */
export const PAGE_HEADERS = { "content-type": "text/plain;version=0.0.4;charset=utf-8" };

/** What a {@linkcode FakeTailnet} is made of. */
export interface FakeTailnetOptions {
  /** Short names of the devices; the first is 100.64.0.1. */
  readonly devices: readonly string[];
  /** What the OAuth client must send. */
  readonly clientSecret?: string;
  /** What each access token begins with; a number follows. */
  readonly tokenPrefix?: string;
  /** "user:password" that the proxy wants; Default: none, so that any client may use it. */
  readonly proxyLogin?: string;
  /** Certificate and key as PEM texts; plain HTTP without. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** The client id that goes with the secret. */
export const CLIENT_ID = "k123456CNTRL";

/** A request that came, as far as tests ask for it. */
export interface Seen {
  /** Scheme, host and path as the request line names them. */
  readonly url: string;
  /** When, in milliseconds of `performance.now()`. */
  readonly atMs: number;
}

/** The tailnet; it listens until it is disposed of. */
export class FakeTailnet implements AsyncDisposable {
  /** Answers in place of the device list; undefined for the list. */
  onDevices: Answer | undefined;
  /** Answers in place of the token endpoint; undefined for a token. */
  onToken: Answer | undefined;
  /** Answers in place of a device, by its short name. */
  readonly onPage: Map<string, Answer> = new Map();
  /** Every request that came. */
  readonly seen: Seen[] = [];
  readonly #options: FakeTailnetOptions & {
    readonly clientSecret: string;
    readonly tokenPrefix: string;
  };
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ended = Promise.withResolvers<void>();
  #tokenCount = 0;
  #firstGoodToken = 1;

  /** Opens a port on the loopback. */
  constructor(options: FakeTailnetOptions) {
    this.#options = { clientSecret: "fake-client-secret", tokenPrefix: "fake-token-", ...options };
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      ...options.tls,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
    }, (request) => this.#answer(request));
  }

  /** Where it listens, "127.0.0.1:4711". */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /**
   * The settings by which the program finds everything. The timeout of a scrape is longer than a
   * busy machine takes for one; a test whose devices do not answer sets a shorter one.
   */
  get settings(): Readonly<Record<string, string>> {
    const { clientSecret, proxyLogin } = this.#options;
    const login = proxyLogin === undefined ? "" : `${proxyLogin}@`;
    return {
      OAUTH_CLIENT_ID: CLIENT_ID,
      OAUTH_CLIENT_SECRET: clientSecret,
      TAILSCALE_API_URL: `http://${this.host}/api/v2`,
      SCRAPE_PROXY: `http://${login}${this.host}`,
      SCRAPE_INTERVAL: "1s",
      CLIENT_METRICS_TIMEOUT: "15s",
      RATE_LIMIT_RPS: "1000",
      RATE_LIMIT_BURST: "1000",
    };
  }

  /** Ends all tokens given so far, as if the client had been revoked. */
  endTokens(): void {
    this.#firstGoodToken = this.#tokenCount + 1;
  }

  /** An answer that does not come before the fake ends. */
  readonly hang: Answer = async () => {
    await this.#ended.promise;
    return new Response(null, { status: 503 });
  };

  /** How often a device was asked for its page. */
  tries(name: string): number {
    const url = `http://${this.addressOf(name)}:5252/metrics`;
    return this.seen.filter((request) => request.url === url).length;
  }

  /** The device's address. */
  addressOf(name: string): string {
    return `100.64.0.${this.#options.devices.indexOf(name) + 1}`;
  }

  /** Ends connections and port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.resolve();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.seen.push({ url: request.url, atMs: performance.now() });
    if (url.hostname.startsWith("100.")) return await this.#answerPage(request, url);
    if (url.pathname === "/api/v2/oauth/token") return await this.#answerToken(request);
    if (url.pathname === "/api/v2/tailnet/-/devices") return await this.#answerDevices(request);
    return Response.json({ message: "page not found" }, { status: 404 });
  }

  async #answerToken(request: Request): Promise<Response> {
    if (this.onToken !== undefined) return await this.onToken(request);
    const form = new URLSearchParams(await request.text());
    const { clientSecret, tokenPrefix } = this.#options;
    if (form.get("client_id") !== CLIENT_ID || form.get("client_secret") !== clientSecret) {
      return Response.json({ message: "API token invalid" }, { status: 401 });
    }
    const access_token = `${tokenPrefix}${++this.#tokenCount}`;
    return Response.json({ access_token, token_type: "Bearer", expires_in: 3600 });
  }

  async #answerDevices(request: Request): Promise<Response> {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    const number = Number(token.slice(this.#options.tokenPrefix.length));
    if (!token.startsWith(this.#options.tokenPrefix) || !(number >= this.#firstGoodToken)) {
      return Response.json({ message: "API token invalid" }, { status: 401 });
    }
    if (this.onDevices !== undefined) return await this.onDevices(request);
    return Response.json({ devices: this.#options.devices.map((name) => this.#describe(name)) });
  }

  async #answerPage(request: Request, url: URL): Promise<Response> {
    const { devices, proxyLogin } = this.#options;
    const login = request.headers.get("proxy-authorization");
    if (proxyLogin !== undefined && login !== `Basic ${btoa(proxyLogin)}`) {
      return new Response(null, { status: 407 });
    }
    const name = devices[Number(url.hostname.split(".")[3]) - 1];
    if (name === undefined || url.port !== "5252" || url.pathname !== "/metrics") {
      return new Response(null, { status: 502 });
    }
    const answer = this.onPage.get(name);
    if (answer !== undefined) return await answer(request);
    return new Response(REAL_PAGE, { headers: PAGE_HEADERS });
  }

  #describe(name: string): Readonly<Record<string, unknown>> {
    const address = this.addressOf(name);
    return {
      id: `id-of-${name}`,
      nodeId: `n${address.split(".")[3]}CNTRL`,
      name: `${name}.fake.ts.net`,
      hostname: name,
      addresses: [address, `fd7a:115c:a1e0::${address.split(".")[3]}`],
      user: "somebody@example.com",
      os: "linux",
      clientVersion: "1.102.3-t0-g0",
      created: "2026-01-02T03:04:05Z",
      expires: "2036-01-02T03:04:05Z",
      authorized: true,
      connectedToControl: true,
      tags: ["tag:exporter"],
    };
  }
}
