import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { canonicalAddress } from "../../src/cidr.ts";
import { type AccessLine, boundText } from "../../src/access/line.ts";
import { TextReader } from "../../src/access/text_reader.ts";
import { isMethod, readRequestLine } from "../../src/access/value.ts";
import { variableOf } from "../../src/access/variable.ts";
import { writtenRequest } from "./_render.ts";

const TIME = "21/Oct/2025:14:32:15 +0000", AT_MS = Date.UTC(2025, 9, 21, 14, 32, 15);

const LINE: AccessLine = {
  atMs: AT_MS,
  address: "100.64.0.1",
  forwarded: undefined,
  login: undefined,
  service: undefined,
  host: undefined,
  method: "GET",
  path: "/a",
  query: "b=c",
  status: 200,
  bytes: 12,
  seconds: undefined,
  agent: undefined,
};

Deno.test("TextReader.read() fills an access line", () => {
  const reader = new TextReader(
    '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time ' +
      '"$http_x_forwarded_for" "$http_tailscale_user_login" "$http_user_agent" $server_name',
  );
  const rest = String.raw`0.005 "1.2.3.4" "a@example.com" "say \x22hi\x22" shop`;
  assertEquals(reader.read(`100.64.0.1 [${TIME}] "GET /a?b=c HTTP/1.1" 200 12 ${rest}`), {
    ...LINE,
    seconds: 0.005,
    forwarded: "1.2.3.4",
    login: "a@example.com",
    agent: 'say "hi"',
    service: "shop",
  });
});

Deno.test("TextReader.read() takes method, path and time from other variables", () => {
  for (
    const [format, line, expected] of [
      [
        "$msec $remote_addr $request_method $status $bytes_sent $request_uri",
        "1761057135.250 100.64.0.1 GET 200 12 /a?b=c",
        { ...LINE, atMs: AT_MS + 250 },
      ],
      [
        '$time_iso8601 $remote_addr $request_method "$uri" "$args" $status $host',
        '2025-10-21T14:32:15+00:00 100.64.0.1 POST "/a" "-" 404 shop',
        {
          ...LINE,
          method: "POST",
          query: undefined,
          bytes: undefined,
          status: 404,
          host: "shop",
        },
      ],
      [
        "$remote_addr $status $request",
        "100.64.0.1 400 -",
        {
          ...LINE,
          atMs: undefined,
          status: 400,
          method: undefined,
          path: undefined,
          query: undefined,
          bytes: undefined,
        },
      ],
    ] as const
  ) assertEquals(new TextReader(format).read(line), expected, line);
});

Deno.test("TextReader.read() names what is wrong with a line", () => {
  const reader = new TextReader('$remote_addr [$time_local] "$request" $status');
  for (
    const [line, reason] of [
      ["", "format"],
      ["hello", "format"],
      [`host [${TIME}] "GET / HTTP/1.1" 200`, "address"],
      [`100.64.0.1 [${TIME}] "GET / HTTP/1.1" 2000`, "status"],
      [`100.64.0.1 [${TIME.replace("Oct", "Okt")}] "GET / HTTP/1.1" 200`, "time"],
      // The same bad time again, which is remembered.
      [`100.64.0.1 [${TIME.replace("Oct", "Okt")}] "GET / HTTP/1.1" 200`, "time"],
    ] as const
  ) assertEquals(reader.read(line), reason, line);
});

Deno.test("TextReader refuses a format without address, status or path", () => {
  for (
    const [format, message] of [
      ["$remote_addr $status", "it lacks $request"],
      ["$request", "it lacks $remote_addr and $status"],
    ] as const
  ) assertEquals(assertThrows(() => new TextReader(format), SyntaxError).message, message);
});

Deno.test("TextReader.read() gives back what nginx wrote, whatever variables a format has", () => {
  fc.assert(
    fc.property(writtenRequest, ({ format, line, names, values }) => {
      /** The value of the first variable that fills a part of the line. */
      const value = (role: string) =>
        values[names.findIndex((name) => variableOf(name).role === role)];
      const number = (role: string) => {
        const text = value(role);
        return text === undefined ? undefined : Number(text);
      };
      const read = new TextReader(format).read(line);
      assert(typeof read !== "string", `refused: ${read}`);
      const { address, agent, bytes, forwarded, host, login, method, seconds, service, status } =
        read;
      assertEquals({ address, bytes, seconds, status }, {
        address: canonicalAddress(value("address") ?? "") ?? "",
        bytes: number("bytes"),
        seconds: number("seconds"),
        status: number("status") ?? 0,
      });
      assertEquals({ agent, forwarded, host, login, service }, {
        agent: boundText(value("agent")),
        forwarded: boundText(value("forwarded")),
        host: boundText(value("host")),
        login: boundText(value("login")),
        service: boundText(value("service")),
      });
      const asked = readRequestLine(value("request") ?? "")?.method ?? value("method") ?? "";
      assertEquals(method, isMethod(asked) ? asked : undefined);
    }),
    { numRuns: 300 },
  );
});
