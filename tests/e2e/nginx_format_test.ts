/**
 * What a real nginx writes by `log_format` with each kind of escape: it must be what the property
 * tests of `tests/access` take for it, and what is read back.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { LinePattern } from "../../src/access/line_pattern.ts";
import { unescapeValue } from "../../src/access/value.ts";
import type { Escape } from "../../src/access/variable.ts";
import { escapeValue } from "../access/_render.ts";
import { freePort } from "../_support/free_port.ts";
import { until } from "../_support/until.ts";

const ESCAPES: readonly Escape[] = ["default", "json", "none"];

/** Values of a header that a client may send. */
const ODD: readonly string[] = [
  "curl/8.5.0",
  'a "b" \\ c',
  "\\x22 200 0",
  '" 200 "forged" "',
  "é😀\u202e",
  "\t\x01\x1b[31m\x1f\x7f",
  "<script>alert(1)</script>",
  "-",
  "$status ${status} %22",
  "x".repeat(3_000),
];

const FORMAT = '"$http_user_agent" $status "$http_absent" "$request" "$args"';

/** Runs nginx on loopback until the work is done. */
async function withNginx(
  work: (port: number, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "tsmetrics-nginx-" });
  const port = freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`).join(" ");
  const formats = ESCAPES.map((escape) =>
    `log_format as_${escape} escape=${escape} '${FORMAT}';
  access_log ${directory}/${escape}.log as_${escape};`
  );
  await Deno.writeTextFile(
    `${directory}/nginx.conf`,
    `daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log;
events {}
http {
  ${temporary}
  ${formats.join("\n  ")}
  server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } }
}
`,
  );
  const nginx = new Deno.Command("nginx", {
    args: ["-p", directory, "-c", `${directory}/nginx.conf`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await work(port, directory);
  } finally {
    nginx.kill("SIGTERM");
    await nginx.status;
    await Deno.remove(directory, { recursive: true });
  }
}

/** Sends a request as bytes, and reads until the server closes. */
async function send(port: number, target: string, agent: string): Promise<void> {
  using connection = await until("nginx", async () => {
    return await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
  });
  const head = `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: ${agent}`;
  const bytes = new TextEncoder().encode(`${head}\r\n\r\n`);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  const buffer = new Uint8Array(4_096);
  while (await connection.read(buffer) !== null);
}

Deno.test("nginx writes values as our tests render them, and they are read back", async () => {
  await withNginx(async (port, directory) => {
    for (const agent of ODD) await send(port, '/é?a="b"', agent);
    for (const escape of ESCAPES) {
      const lines = await until(`the log of escape=${escape}`, async () => {
        const text = await Deno.readTextFile(`${directory}/${escape}.log`);
        const lines = text.split("\n").slice(0, -1);
        return lines.length === ODD.length && lines;
      });
      const absent = escape === "default" ? "-" : "";
      const render = (value: string) => escapeValue(value, escape);
      const rest = `200 "${absent}" "${render('GET /é?a="b" HTTP/1.1')}" "${render('a="b"')}"`;
      assertEquals(lines, ODD.map((agent) => `"${render(agent)}" ${rest}`));
      // Without escape the quotes of a value cannot be told from those of the format.
      if (escape === "none") continue;
      const pattern = new LinePattern(`escape=${escape} '${FORMAT}'`);
      assertEquals(
        lines.map((line) => unescapeValue(pattern.match(line)?.[0] ?? "", escape)),
        ODD.map((agent) => agent === "-" && escape === "default" ? "" : agent),
      );
    }
  });
});
