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
  /** The status without peers, as JSON. */
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

  function ask(request: LocalRequest & { readonly doing: string }, signal?: AbortSignal) {
    return call({ ...request, timeoutMs, maxBytes: MAX_BYTES, read: joinText }, signal);
  }

  async function readPrefs(signal?: AbortSignal): Promise<JsonObject> {
    const text = await ask({ endpoint: "prefs", doing: "read the settings of tailscaled" }, signal);
    const prefs = parseJson(text);
    if (isJsonObject(prefs)) return prefs;
    throw new TypeError("Cannot read the settings of tailscaled: wanted an object");
  }

  return {
    place: transport.place,
    async self(signal) {
      const doing = "read the status of tailscaled";
      const request = { endpoint: "status", query: { peers: "false" }, doing } as const;
      return parseJson(await ask(request, signal));
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
      await ask({ endpoint: "prefs", method: "PATCH", body: encodeEdit(edit), doing }, signal);
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
      await ask({ endpoint: "start", method: "POST", body, doing }, signal);
      await ask({ endpoint: "login-interactive", method: "POST", doing }, signal);
    },
    close: () => transport.close(),
  };
}

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
