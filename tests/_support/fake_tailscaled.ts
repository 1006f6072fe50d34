/**
 * A tailscaled as the program meets it behind a TCP forward: one loopback server that answers the
 * LocalAPI's calls from recorded answers. For tests of the whole program.
 *
 * @module
 */

import { fixtureText } from "./fixture.ts";

/** What a {@linkcode FakeTailscaled} answers; change it between calls. */
export interface LocalAnswers {
  /** The status as JSON text. */
  status: string;
  /** The page of metrics. */
  usermetrics: string;
  /** The node behind each address as JSON text. */
  whois: string;
  /** Addresses of peers whose pings come over DERP; undefined = it knows no ping. */
  relayed: readonly string[] | undefined;
  /** The status code of every answer. */
  code: number;
}

/** A running fake; dispose of it. */
export class FakeTailscaled implements AsyncDisposable {
  /** What it answers. */
  readonly answers: LocalAnswers = {
    status: fixtureText("localapi/status.json"),
    usermetrics: fixtureText("localapi/usermetrics.txt"),
    whois: fixtureText("localapi/whois-user.json"),
    relayed: undefined,
    code: 200,
  };
  /** Paths with their parameters, as they were asked. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Opens a free port on loopback. */
  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** The settings by which the program finds it. */
  get env(): Readonly<Record<string, string>> {
    return { LOCALAPI_URL: `http://127.0.0.1:${this.#server.addr.port}`, PORT: "0" };
  }

  #answer(request: Request): Response {
    const { pathname, search, searchParams } = new URL(request.url);
    const call = pathname.replace("/localapi/v0/", "");
    this.asked.push(`${call}${search}`);
    const { code } = this.answers;
    if (code !== 200) return new Response("no", { status: code });
    const text = this.#textOf(call, searchParams);
    return text === undefined
      ? new Response("404 page not found\n", { status: 404 })
      : new Response(text);
  }

  #textOf(call: string, query: URLSearchParams): string | undefined {
    switch (call) {
      case "status":
        return this.answers.status;
      case "usermetrics":
        return this.answers.usermetrics;
      case "derpmap":
        return this.answers.relayed && fixtureText("localapi/derpmap.json");
      case "ping":
        return this.#pingAnswer(query.get("ip") ?? "");
      case "whois":
        return this.answers.whois;
      default:
        return undefined;
    }
  }

  #pingAnswer(address: string): string | undefined {
    const { relayed } = this.answers;
    return relayed &&
      fixtureText(`localapi/ping-disco-${relayed.includes(address) ? "derp" : "direct"}.json`);
  }

  /** Closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
