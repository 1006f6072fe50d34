/**
 * The part of a LocalAPI that makes a tailscaled ours: its own state, its settings, and the login.
 * All but the state needs the rights of root, of the operator, or of tailscaled's own user.
 *
 * @module
 */

import { joinText } from "../../json/body.ts";
import { readText } from "../../json/field.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../json/json.ts";
import { type CallerOptions, createCaller } from "./call.ts";
import type { LocalRequest, LocalTransport } from "./transport.ts";

/** Settings of a tailscaled that we look after. */
export interface LoginPrefs {
  /** Whether it is to be up. */
  readonly wantRunning: boolean;
  /** Its host name in the tailnet; "" for that of the machine. */
  readonly hostname: string;
  /** Its control plane; "" for Tailscale's. */
  readonly controlUrl: string;
}

/** How a tailscaled logs in. */
export interface Login extends Omit<LoginPrefs, "wantRunning"> {
  /** The auth key; undefined to get a URL to log in at, which the state then has. */
  readonly authKey: string | undefined;
}

/** A tailscaled that is logged in and configured. */
export interface LoginApi {
  /** Where it is asked: a path, or host and port. */
  readonly place: string;
  /** The status without peers, as JSON; it has a state. */
  self(signal?: AbortSignal): Promise<unknown>;
  /** The settings. */
  prefs(signal?: AbortSignal): Promise<LoginPrefs>;
  /** Changes settings, and no others. */
  edit(edit: Partial<Omit<LoginPrefs, "controlUrl">>, signal?: AbortSignal): Promise<void>;
  /** Begins a login; the state tells how it goes. */
  login(login: Login, signal?: AbortSignal): Promise<void>;
  /** Ends every connection. */
  close(): void;
}

/** How a tailscaled is asked. */
export interface LoginOptions extends CallerOptions {
  /** Sends the requests. */
  readonly transport: LocalTransport;
  /** Timeout of each call in milliseconds. */
  readonly timeoutMs: number;
}

/** Maximum size of an answer in bytes. */
const MAX_BYTES = 1024 * 1024;

/** A client of one tailscaled. */
export function createLoginApi(options: LoginOptions): LoginApi {
  const { timeoutMs, transport } = options;
  const call = createCaller(transport, options);

  async function ask<T>(
    request: LocalRequest & { readonly doing: string },
    decode: (text: string) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const read = async (body: AsyncIterable<Uint8Array>) => decode(await joinText(body));
    return await call({ ...request, timeoutMs, maxBytes: MAX_BYTES, read }, signal);
  }

  async function readPrefs(signal?: AbortSignal): Promise<JsonObject> {
    const request = { endpoint: "prefs", doing: "read the settings of tailscaled" } as const;
    return await ask(request, decodeSettings, signal);
  }

  return {
    place: transport.place,
    async self(signal) {
      const doing = "read the status of tailscaled";
      const request = { endpoint: "status", query: { peers: "false" }, doing } as const;
      return await ask(request, decodeOwnStatus, signal);
    },
    async prefs(signal) {
      const { ControlURL, Hostname, WantRunning } = await readPrefs(signal);
      return {
        wantRunning: WantRunning === true,
        hostname: readText(Hostname) ?? "",
        controlUrl: readText(ControlURL) ?? "",
      };
    },
    async edit(edit, signal) {
      const doing = "change the settings of tailscaled";
      const body = encodeEdit(edit);
      await ask({ endpoint: "prefs", method: "PATCH", body, doing }, ignore, signal);
    },
    async login({ authKey = "", controlUrl, hostname }, signal) {
      const prefs = await readPrefs(signal);
      const update = {
        ...prefs,
        WantRunning: true,
        LoggedOut: false,
        Hostname: hostname,
        ControlURL: controlUrl,
      };
      const body = JSON.stringify({ AuthKey: authKey, UpdatePrefs: update });
      const doing = "log tailscaled in";
      await ask({ endpoint: "start", method: "POST", body, doing }, ignore, signal);
      await ask({ endpoint: "login-interactive", method: "POST", doing }, ignore, signal);
    },
    close: () => transport.close(),
  };
}

/** Every status has a state: what has none is JSON of another program. */
function decodeOwnStatus(text: string): JsonObject {
  return wantObject(text, "BackendState", "string");
}

/** A login sends all settings back, so an object that is none would replace those of the node. */
function decodeSettings(text: string): JsonObject {
  return wantObject(text, "WantRunning", "boolean");
}

function wantObject(text: string, member: string, type: "boolean" | "string"): JsonObject {
  const answer = parseJson(text);
  if (isJsonObject(answer) && typeof answer[member] === type) return answer;
  throw new TypeError(`wanted an object with "${member}"`);
}

/** The status of the answer says it all. */
function ignore(): void {}

/**
 * Shape: { hostname: "a" } → `{"Hostname":"a","HostnameSet":true}`
 * Source: `MaskedPrefs` in tailscale.com/ipn
 */
function encodeEdit({ hostname, wantRunning }: Partial<LoginPrefs>): string {
  return JSON.stringify({
    ...hostname !== undefined && { Hostname: hostname, HostnameSet: true },
    ...wantRunning !== undefined && { WantRunning: wantRunning, WantRunningSet: true },
  });
}
