import { assertEquals } from "@std/assert";
import { JsonReader } from "../../src/access/json_reader.ts";
import type { AccessLine } from "../../src/access/line.ts";

const AT_MS = Date.UTC(2025, 9, 21, 14, 32, 15);

const LINE: AccessLine = {
  atMs: AT_MS,
  address: "100.64.0.1",
  forwarded: undefined,
  login: undefined,
  service: undefined,
  host: "shop.example.com",
  method: "GET",
  path: "/a",
  query: "b=c",
  status: 200,
  bytes: 12,
  seconds: 0.005,
  agent: "curl/8.5.0",
};

const NGINX = {
  time_iso8601: "2025-10-21T14:32:15+00:00",
  remote_addr: "100.64.0.1",
  remote_user: "",
  request: "GET /a?b=c HTTP/1.1",
  status: "200",
  body_bytes_sent: "12",
  request_time: "0.005",
  http_user_agent: "curl/8.5.0",
  http_x_forwarded_for: "",
  host: "shop.example.com",
};

const CADDY = {
  level: "info",
  ts: 1761057135.0004,
  logger: "http.log.access.log0",
  msg: "handled request",
  request: {
    remote_ip: "100.64.0.1",
    remote_port: "41342",
    client_ip: "100.64.0.1",
    proto: "HTTP/2.0",
    method: "GET",
    host: "shop.example.com",
    uri: "/a?b=c",
    headers: { "User-Agent": ["curl/8.5.0"], Accept: ["*/*"] },
    tls: { resumed: false, version: 772 },
  },
  bytes_read: 0,
  user_id: "",
  duration: 0.005,
  size: 12,
  status: 200,
  resp_headers: { Server: ["Caddy"] },
};

const TRAEFIK = {
  ClientAddr: "100.64.0.1:53214",
  ClientHost: "100.64.0.1",
  ClientPort: "53214",
  ClientUsername: "-",
  DownstreamContentSize: 12,
  DownstreamStatus: 200,
  Duration: 5_000_000,
  RequestHost: "shop.example.com",
  RequestMethod: "GET",
  RequestPath: "/a?b=c",
  RequestProtocol: "HTTP/1.1",
  StartUTC: "2025-10-21T14:32:15.000123Z",
  "request_User-Agent": "curl/8.5.0",
  level: "info",
  msg: "",
  time: "2025-10-21T14:32:16Z",
};

Deno.test("JsonReader.read() reads lines of nginx, Caddy and Traefik alike", () => {
  const reader = new JsonReader();
  for (const line of [NGINX, CADDY, TRAEFIK]) assertEquals(reader.read(JSON.stringify(line)), LINE);
});

Deno.test("JsonReader.read() takes names of one's own first", () => {
  const reader = new JsonReader(
    new Map([["address", "client.ip"], ["time", "at"], ["target", "http.url"]]),
  );
  const line = { client: { ip: "::1" }, at: 1761057135000, "http.url": "/x", status: 500 };
  assertEquals(reader.read(JSON.stringify({ ...line, remote_addr: "100.64.0.1" })), {
    ...LINE,
    address: "::1",
    path: "/x",
    status: 500,
    method: undefined,
    query: undefined,
    host: undefined,
    bytes: undefined,
    seconds: undefined,
    agent: undefined,
  });
});

Deno.test("JsonReader.read() names what is wrong with a line", () => {
  const reader = new JsonReader();
  for (
    const [line, reason] of [
      ["", "json"],
      ["[]", "json"],
      ["{", "json"],
      ["[".repeat(300), "json"],
      ["{}", "address"],
      [JSON.stringify({ ...NGINX, remote_addr: "host" }), "address"],
      [JSON.stringify({ ...NGINX, status: "" }), "status"],
      [JSON.stringify({ ...NGINX, status: 1e9 }), "status"],
      [JSON.stringify({ ...NGINX, time_iso8601: "yesterday" }), "time"],
      [JSON.stringify({ ...CADDY, ts: -1 }), "time"],
    ] as const
  ) assertEquals(reader.read(line), reason, line);
});

Deno.test("JsonReader.read() leaves out a number that is none", () => {
  const reader = new JsonReader();
  const odd = { ...NGINX, body_bytes_sent: "-", request_time: "" };
  assertEquals(reader.read(JSON.stringify(odd)), { ...LINE, bytes: undefined, seconds: undefined });
  for (const Duration of ["x", -1, "Infinity"]) {
    const read = reader.read(JSON.stringify({ ...TRAEFIK, Duration }));
    assertEquals(typeof read === "string" ? read : read.seconds, undefined);
  }
});
