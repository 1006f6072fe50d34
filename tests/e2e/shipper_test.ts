/**
 * What reads the file of a web server and sends its lines to the program, as docs/access.md shows:
 * a real rsyslog, and curl.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { freePort } from "../_support/free_port.ts";
import { Program } from "./_program.ts";
import { until } from "../_support/until.ts";

/** The configuration of the document, with places of our own. */
async function readDocumented(file: string, port: number): Promise<string> {
  const text = await Deno.readTextFile("docs/access.md");
  const block = /^```rsyslog\n([\s\S]*?)```/m.exec(text)?.[1] ?? "";
  const places = [["/var/log/nginx/access.log", file], ['port="5514"', `port="${port}"`]] as const;
  return places.reduce((sum, [shown, own]) => {
    assertEquals(sum.split(shown).length, 2, `${shown} is in the document once`);
    return sum.replace(shown, own);
  }, block);
}

/** A line in format `combined`, of now. */
function lineOf(agent: string, at: number): string {
  const time = new Date().toUTCString()
    .replace(/^..., (..) (...) (....) (.*) GMT$/, "$1/$2/$3:$4 +0000");
  return `192.0.2.${at} - - [${time}] "GET /a/${at} HTTP/1.1" 200 12 "-" "${agent}"\n`;
}

Deno.test("rsyslog sends the lines of a file, configured as docs/access.md shows", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-rsyslog-" });
  const file = `${folder}/access.log`;
  const port = freePort();
  await Deno.writeTextFile(file, "");
  await Deno.writeTextFile(
    `${folder}/rsyslog.conf`,
    `global(workDirectory="${folder}")\n${await readDocumented(file, port)}`,
  );
  await using program = await Program.start({
    TEST_DEVICES: "a",
    ACCESS_LISTEN: `127.0.0.1:${port}`,
    ACCESS_RETENTION: "1d",
  });
  await program.untilStarted();
  // Where it is installed, Ubuntu's AppArmor lets it read nothing of ours.
  await Deno.copyFile("/usr/sbin/rsyslogd", `${folder}/rsyslogd`);
  const rsyslog = new Deno.Command(`${folder}/rsyslogd`, {
    args: ["-n", "-f", `${folder}/rsyslog.conf`, "-i", `${folder}/pid`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    // Lines that begin like a count, and like a header of syslog, are among the others.
    const agents = ["curl/8.5.0", "99 <190>", "<190>x: ", "\\x22\\xC3\\xA9"];
    const lines = agents.map(lineOf);
    await Deno.writeTextFile(file, lines.join(""), { append: true });
    const logs = await until("all lines", async () => {
      const { access_logs: logs } = JSON.parse(await program.text("/analytics/access-logs"));
      return logs.length === lines.length && logs as readonly Readonly<Record<string, unknown>>[];
    });
    assertEquals(
      logs.map(({ ip, service, user_agent: agent }) => `${ip} ${service} ${agent}`).sort(),
      ["curl/8.5.0", "99 <190>", "<190>x: ", '"é'].map((agent, at) =>
        `192.0.2.${at} shop ${agent}`
      ),
    );
  } finally {
    rsyslog.kill("SIGTERM");
    await rsyslog.status;
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("curl sends a file as docs/access.md shows, and gets the answer that it shows", async () => {
  const text = await Deno.readTextFile("docs/access.md");
  const [, shown = "", answer = ""] = /^\$ (curl --data-binary .*)\n(\{[\s\S]*?^\})/m.exec(text) ??
    [];
  const token = "a-token-for-this-test-only";
  await using program = await Program.start({
    TEST_DEVICES: "a",
    ACCESS_INGEST: "true",
    METRICS_TOKEN: token,
  });
  const folder = await Deno.makeTempDir({ prefix: "tsmetrics-curl-" });
  try {
    const lines = [lineOf("curl/8.5.0", 1), "no line\n", lineOf("curl/8.5.0", 2)];
    await Deno.writeTextFile(`${folder}/access.log`, lines.join(""));
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", shown.replace("http://127.0.0.1:9100", program.origin)],
      cwd: folder,
      env: { METRICS_TOKEN: token },
    }).output();
    const said = JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr));
    assertEquals(Object.keys(said), Object.keys(JSON.parse(answer)));
    assertEquals([said.counted, said.refused, said.first_refused], [2, { format: 1 }, {
      line: 2,
      reason: "format",
    }]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
