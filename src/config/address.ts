/**
 * Kinds of values that name a place in a network: the host to listen on, the API's base URL, the
 * proxy for device pages.
 *
 * @module
 */

import { addressVersion, bracketed } from "../cidr.ts";
import { REDACTED, Secret } from "../secret/secret.ts";
import { defineKind, type Kind } from "./kind.ts";
import { quoteUrl } from "./quote.ts";

/** A proxy, its user info taken apart. */
export interface ProxyAddress {
  /** Scheme, host and port; never user info. */
  readonly url: string;
  /** The user, decoded. */
  readonly username?: string;
  /** The password, decoded. */
  readonly password?: Secret;
}

const HOST_NAME = /^(?=.{1,253}$)(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:[\]]+):(\d{1,5})$/;
const PROXY = /^(socks5h?|http):\/\/(?:(.*)@)?(\[[^\]]*\]|[^:/?#@[\]]+):(\d{1,5})\/?$/i;

/** A host to listen on: an address (IPv6 with or without brackets) or a name, without a port. */
export function host(): Kind<string> {
  return defineKind({
    placeholder: "HOST",
    wanted: "an IP address or host name without a port, such as 127.0.0.1, 0.0.0.0 or ::",
    parse: (text) => {
      const bare = /^\[(.*)\]$/.exec(text)?.[1];
      if (bare !== undefined) return bare.includes(":") && isAddress(bare) ? bare : undefined;
      return isHost(text) ? text : undefined;
    },
    explain: explainHost,
  });
}

function explainHost(text: string): string | undefined {
  const [, name = "", port = ""] = /^(\[[^\]]*\]|[^:[\]]*):(\d{1,5})$/.exec(text) ?? [];
  if (!isPort(port)) return undefined;
  if (name === "") return `got a port alone, want it in PORT: PORT=${port}`;
  return isUrlHost(name)
    ? `got a host with a port, want the host alone and the port in PORT: PORT=${port}`
    : undefined;
}

/** Where a server is found: a host and its port, as in a URL. */
export function hostAndPort(): Kind<string> {
  return defineKind({
    placeholder: "HOST:PORT",
    wanted:
      "a host name or IP address with a port from 1 to 65535, such as tsmetrics:9100 or [fd00::1]:9100",
    parse: (text) => {
      const [, name = "", port = ""] = HOST_AND_PORT.exec(text) ?? [];
      return isUrlHost(name) && isPort(port) ? text : undefined;
    },
  });
}

/** Where a server listens. */
export interface ListenAddress {
  /** An address without brackets, or a name. */
  readonly hostname: string;
  /** A TCP port. */
  readonly port: number;
}

/**
 * Where a server listens: a host and its port, as in a URL. Without a host, `:8765`, it is every
 * IPv4 address.
 *
 * @param port That of the examples.
 */
export function listenAddress(port: number): Kind<ListenAddress> {
  return defineKind({
    placeholder: "HOST:PORT",
    wanted: "a host name or IP address with a port from 1 to 65535, such as " +
      `127.0.0.1:${port} or [::1]:${port}`,
    parse: (text) => {
      const whole = text.startsWith(":") ? `0.0.0.0${text}` : text;
      const [, name = "", port = ""] = HOST_AND_PORT.exec(whole) ?? [];
      if (!isUrlHost(name) || !isPort(port)) return undefined;
      return { hostname: name.replace(/^\[|\]$/g, ""), port: Number(port) };
    },
    describe: ({ hostname, port }) => `${bracketed(hostname)}:${port}`,
  });
}

/**
 * The base URL of an API: http or https, with its path; no user info, query or fragment.
 *
 * @param example What such a URL looks like.
 */
export function apiUrl(example: string): Kind<URL> {
  return defineKind({
    placeholder: "URL",
    wanted: `an http or https URL without user info and query, such as ${example}`,
    brief: `a URL such as ${example}`,
    parse: (text) => {
      const url = /^https?:\/\/[^\s?#@\\]+$/i.test(text) ? URL.parse(text) : null;
      return url === null || url.port === "0" ? undefined : url;
    },
    explain: (text) =>
      URL.parse(text)?.port === "0" ? "got port 0, want one from 1 to 65535" : undefined,
    describe: (url) => url.href,
    quote: quoteUrl,
  });
}

/**
 * The address of a control plane: http or https, without a path, below which no node looks for it.
 *
 * @param example What such a URL looks like.
 */
export function controlPlaneUrl(example: string): Kind<URL> {
  const { explain, parse, ...rest } = apiUrl(example);
  return defineKind({
    ...rest,
    parse: (text) => {
      const url = parse(text);
      return url?.pathname === "/" ? url : undefined;
    },
    explain: (text) => {
      const url = parse(text);
      return url === undefined
        ? explain?.(text)
        : `got an address with a path, want it alone: ${url.origin}`;
    },
  });
}

/**
 * The address of a headscale: the base of its API v1. The path of the API may be left out, as in
 * the address that nodes are given.
 *
 * Shape: "https://headscale.example", "https://headscale.example/api/v1/" → the latter's URL
 */
export function headscaleUrl(): Kind<URL> {
  const { explain, parse, ...rest } = apiUrl("https://headscale.example.com");
  return defineKind({
    ...rest,
    parse: (text) => {
      const url = explainHeadscale(text) === undefined ? parse(text) : undefined;
      if (url === undefined) return undefined;
      // By assignment: the constructor takes a path that begins with two slashes for a host.
      url.pathname = url.pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "") + "/api/v1";
      return url;
    },
    explain: (text) => explainHeadscale(text) ?? explain?.(text),
  });
}

function explainHeadscale(text: string): string | undefined {
  if (/\/api\/v2\/*$/.test(text)) {
    return "got the path of its Tailscale-compatible API, want its address alone, or this value in " +
      "TAILSCALE_API_URL with OAUTH_TOKEN";
  }
  if (/^https?:\/\/api\.tailscale\.com(?:[:/]|$)/i.test(text)) {
    return "got Tailscale's own API, want OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET for it";
  }
  return undefined;
}

/** The base URL of a tailscaled or of a bridge to one: http alone, with its path. */
export function plainUrl(example: string): Kind<URL> {
  const { parse, ...rest } = apiUrl(example);
  return defineKind({
    ...rest,
    wanted: `an http URL without user info and query, such as ${example}`,
    brief: `an http URL such as ${example}`,
    parse: (text) => /^http:/i.test(text) ? parse(text) : undefined,
  });
}

/** A proxy: SOCKS5 that resolves names itself (socks5h) or not (socks5), or HTTP. */
export function proxyAddress(): Kind<ProxyAddress> {
  return defineKind({
    placeholder: "URL",
    wanted: "socks5h://HOST:PORT, socks5://HOST:PORT or http://HOST:PORT, " +
      "with USER:PASSWORD@ before HOST if the proxy asks for it",
    parse: parseProxy,
    describe: ({ url, username, password }) =>
      username === undefined && password === undefined
        ? url
        : url.replace("://", `://${REDACTED}@`),
    quote: quoteUrl,
  });
}

function parseProxy(text: string): ProxyAddress | undefined {
  const [, scheme = "", userInfo = "", name = "", port = ""] = PROXY.exec(text) ?? [];
  if (!isUrlHost(name) || !isPort(port)) return undefined;
  const colon = userInfo.indexOf(":");
  const username = decode(colon < 0 ? userInfo : userInfo.slice(0, colon));
  const password = decode(colon < 0 ? "" : userInfo.slice(colon + 1));
  if (username === undefined || password === undefined) return undefined;
  // A SOCKS login is a name and a password (RFC 1929, neither is empty): others always fail.
  if (/^socks/i.test(scheme) && (username === "") !== (password === "")) return undefined;
  return {
    url: `${scheme.toLowerCase()}://${name}:${port}`,
    ...(username !== "" && { username }),
    ...(password !== "" && { password: new Secret(password) }),
  };
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return /^\P{Cc}*$/u.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** A host as a URL writes it: IPv6 in brackets. */
function isUrlHost(text: string): boolean {
  if (!text.startsWith("[")) return isHost(text);
  return text.includes(":") && isAddress(text.slice(1, -1));
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535;
}

function isHost(text: string): boolean {
  // Digits and dots that are no address would be looked up as a name, and not be found.
  return isAddress(text) || (HOST_NAME.test(text) && !/^[\d.]+$/.test(text));
}

function isAddress(text: string): boolean {
  return addressVersion(text) !== undefined;
}
