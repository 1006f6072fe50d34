import { assertEquals } from "@std/assert";
import {
  apiUrl,
  controlPlaneUrl,
  headscaleUrl,
  host,
  hostAndPort,
  listenAddress,
  plainUrl,
  proxyAddress,
} from "../../src/config/address.ts";

const HOSTS: readonly (readonly [text: string, host: string | undefined])[] = [
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "0.0.0.0"],
  ["::", "::"],
  ["[::1]", "::1"],
  ["localhost", "localhost"],
  ["metrics-1.example.com", "metrics-1.example.com"],
  ["", undefined],
  ["300.1.1.1", undefined],
  ["1.2", undefined],
  ["127.0.0.1:9100", undefined],
  ["[::1]:9100", undefined],
  ["[127.0.0.1]", undefined],
  ["::g", undefined],
  ["http://host", undefined],
  ["a b", undefined],
  ["-a", undefined],
  ["a_b", undefined],
  ["a..b", undefined],
];
for (const [text, expected] of HOSTS) {
  Deno.test(`host() reads ${JSON.stringify(text)} as ${expected}`, () => {
    assertEquals(host().parse(text), expected);
  });
}

const PLACES: readonly (readonly [text: string, isTaken: boolean])[] = [
  ["tsmetrics:9100", true],
  ["10.0.0.1:1", true],
  ["[fd00::1]:65535", true],
  ["tsmetrics", false],
  ["tsmetrics:", false],
  ["tsmetrics:0", false],
  ["a..b:9100", false],
  ["fd00::1:9100", false],
  ["[10.0.0.1]:9100", false],
  ["1.2.3:9100", false],
  ["http://tsmetrics:9100", false],
  ["user@tsmetrics:9100", false],
];
for (const [text, isTaken] of PLACES) {
  Deno.test(`hostAndPort() ${isTaken ? "takes" : "refuses"} ${JSON.stringify(text)}`, () => {
    assertEquals(hostAndPort().parse(text), isTaken ? text : undefined);
  });
}

const API_URLS: readonly (readonly [text: string, href: string | undefined])[] = [
  ["https://api.tailscale.com/api/v2", "https://api.tailscale.com/api/v2"],
  ["HTTP://127.0.0.1:8080/api/v2/", "http://127.0.0.1:8080/api/v2/"],
  ["https://[::1]", "https://[::1]/"],
  ["api.tailscale.com", undefined],
  ["ftp://host/", undefined],
  ["https://", undefined],
  ["https://user:canary@host/", undefined],
  ["https://host/?a=b", undefined],
  ["https://host/#a", undefined],
  ["https://host/a b", undefined],
  ["https://host:99999/", undefined],
  ["https://host:0", undefined],
  ["https://host:0/api", undefined],
  ["https:\\\\host", undefined],
];
for (const [text, expected] of API_URLS) {
  Deno.test(`apiUrl() reads ${JSON.stringify(text)} as ${expected}`, () => {
    const kind = apiUrl("https://api.example.com");
    const url = kind.parse(text);
    assertEquals(url && kind.describe(url), expected);
  });
}

const CONTROL_URLS: readonly (readonly [text: string, expected: string])[] = [
  ["https://hs.example", "https://hs.example/"],
  ["http://[::1]:8080/", "http://[::1]:8080/"],
  ["https://hs.example/api/v1", "got an address with a path, want it alone: https://hs.example"],
  [
    "https://hs.example:8443//",
    "got an address with a path, want it alone: https://hs.example:8443",
  ],
  ["https://hs.example:0", "got port 0, want one from 1 to 65535"],
];
for (const [text, expected] of CONTROL_URLS) {
  Deno.test(`controlPlaneUrl() reads ${JSON.stringify(text)}`, () => {
    const kind = controlPlaneUrl("https://hs.example");
    assertEquals(kind.parse(text)?.href ?? kind.explain?.(text), expected);
  });
}

Deno.test("controlPlaneUrl(), apiUrl() and headscaleUrl() explain port 0 alike, and quote no secret", () => {
  for (const kind of [controlPlaneUrl("https://a"), apiUrl("https://a"), headscaleUrl()]) {
    assertEquals(kind.explain?.("https://h:0/api"), "got port 0, want one from 1 to 65535");
    for (const text of ["https://u:canary@h/p", "https://h/p?canary", "canary"]) {
      assertEquals([kind.parse(text), kind.explain?.(text)], [undefined, undefined], text);
    }
  }
});

const PLAIN_URLS: readonly (readonly [text: string, expected: string | undefined])[] = [
  ["http://127.0.0.1:41112", "http://127.0.0.1:41112/"],
  ["HTTP://bridge:8765/base", "http://bridge:8765/base"],
  ["https://127.0.0.1:41112", undefined],
  ["http://user:canary@host/", undefined],
];
for (const [text, expected] of PLAIN_URLS) {
  Deno.test(`plainUrl() reads ${JSON.stringify(text)} as ${expected}`, () => {
    const kind = plainUrl("http://127.0.0.1:1");
    const url = kind.parse(text);
    assertEquals(url && kind.describe(url), expected);
  });
}

const LISTEN_ADDRESSES: readonly (readonly [text: string, expected: unknown, shown?: string])[] = [
  ["127.0.0.1:8765", { hostname: "127.0.0.1", port: 8765 }, "127.0.0.1:8765"],
  ["[::1]:1", { hostname: "::1", port: 1 }, "[::1]:1"],
  ["bridge:65535", { hostname: "bridge", port: 65_535 }, "bridge:65535"],
  ["127.0.0.1:0", undefined],
  ["127.0.0.1:65536", undefined],
  ["::1:80", undefined],
  ["127.0.0.1", undefined],
  [":8765", { hostname: "0.0.0.0", port: 8765 }, "0.0.0.0:8765"],
];
for (const [text, expected, shown] of LISTEN_ADDRESSES) {
  Deno.test(`listenAddress() reads ${JSON.stringify(text)}`, () => {
    const kind = listenAddress(8765);
    const address = kind.parse(text);
    assertEquals(address, expected);
    assertEquals(address && kind.describe(address), shown);
  });
}

type ProxyRow = readonly [
  text: string,
  url: string,
  username?: string | undefined,
  password?: string,
];
const PROXIES: readonly ProxyRow[] = [
  ["socks5h://localhost:1055", "socks5h://localhost:1055"],
  ["socks5://127.0.0.1:1055/", "socks5://127.0.0.1:1055"],
  ["HTTP://Proxy:80", "http://Proxy:80"],
  ["http://[::1]:8080", "http://[::1]:8080"],
  ["socks5h://user:pass@h:1", "socks5h://h:1", "user", "pass"],
  ["http://user@h:1", "http://h:1", "user"],
  ["http://:pass@h:1", "http://h:1", undefined, "pass"],
  ["http://u%40x:p%3Aq@h:65535", "http://h:65535", "u@x", "p:q"],
  ["http://u:p@ss:w@h:1", "http://h:1", "u", "p@ss:w"],
];
for (const [text, url, username, password] of PROXIES) {
  Deno.test(`proxyAddress() takes ${text} apart`, () => {
    const kind = proxyAddress();
    const proxy = kind.parse(text);
    assertEquals([proxy?.url, proxy?.username, proxy?.password?.reveal()], [
      url,
      username,
      password,
    ]);
    const hidden = username === undefined && password === undefined
      ? url
      : url.replace("://", "://[redacted]@");
    assertEquals(proxy && kind.describe(proxy), hidden);
  });
}

const REFUSED_PROXIES = [
  "localhost:1055",
  "socks5h://localhost",
  "socks4://h:1",
  "socks5h://user@h:1",
  "socks5://user:@h:1",
  "socks5h://:pass@h:1",
  "https://h:1",
  "socks5h://h:0",
  "socks5h://h:65536",
  "socks5h://h:1/path",
  "socks5h://h:1?x",
  "socks5h://300.1.1.1:1",
  "socks5h://[127.0.0.1]:1:2",
  "socks5h://::1:1055",
  "socks5h://u:%zz@h:1",
  "socks5h://u:a%0ab@h:1",
  "socks5h://a b:1",
  "",
];
for (const text of REFUSED_PROXIES) {
  Deno.test(`proxyAddress() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(proxyAddress().parse(text), undefined);
  });
}

Deno.test("proxyAddress() never shows user info", () => {
  assertEquals(proxyAddress().quote("socks5://u:canary@h"), "a value of 19 characters");
  assertEquals(proxyAddress().quote("localhost:1055"), '"localhost:1055"');
});
