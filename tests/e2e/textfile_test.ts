import { assert, assertEquals, assertMatch } from "@std/assert";
import { runBooted } from "./_booted.ts";
import { Lab } from "./_lab.ts";

const PAGES = ["native", "peers", "watchdog"];

/** The collector that reads the pages, as Debian has it; its other collectors are switched off. */
const NODE_EXPORTER = `[Service]
Type=exec
DynamicUser=yes
ExecStart=/usr/bin/prometheus-node-exporter --collector.disable-defaults --collector.textfile \\
  --collector.textfile.directory=/var/lib/alloy --web.listen-address=127.0.0.1:9111
`;

/** Starts it on the folder of the pages. */
const START = `mkdir -p /var/lib/alloy
systemctl start node-exporter
until curl -sf http://127.0.0.1:9111/metrics >/dev/null; do sleep 0.1; done`;

/** The three timers, once a second. */
function everySecond(): Readonly<Record<string, string>> {
  const timer = (unit: string) =>
    `[Timer]
OnActiveSec=0
OnUnitActiveSec=1s
AccuracySec=10ms
Unit=${unit}.service
`;
  return {
    "fast-peers.timer": timer("tsmetrics-textfile@peers"),
    "fast-native.timer": timer("tsmetrics-textfile@native"),
    "fast-watchdog.timer": timer("tsmetrics-watchdog"),
  };
}

/** The head of a loop that ends when a condition holds, or after that many seconds. */
function untilTrue(seconds: number, condition: string): string {
  return `end=$(($(date +%s) + ${seconds}))
until ${condition} || test "$(date +%s)" -ge $end; do`;
}

/** Whether each page had as many times of change, of those that the loop writes down. */
function replacedOften(count: number): string {
  return PAGES.map((name) =>
    `test "$(grep -s tailscale-${name} /run/replaced | sort -u | wc -l)" -ge ${count}`
  ).join(" && ");
}

const FAST = "fast-peers.timer fast-native.timer fast-watchdog.timer";

Deno.test("node_exporter reads the pages of a real tailscaled, while they are replaced", async () => {
  await using lab = await Lab.up();
  const steps = await runBooted({
    withProgram: true,
    units: { "node-exporter.service": NODE_EXPORTER, ...everySecond() },
    sockets: { "tailscaled.sock": lab.variable("A_SOCKET") },
    steps: {
      // The path that the program may open, through the link that /var/run is.
      socket: `mkdir /run/tailscale; touch /run/tailscale/tailscaled.sock
mount --bind /probe/tailscaled.sock /run/tailscale/tailscaled.sock
readlink -f /var/run/tailscale/tailscaled.sock`,
      once: `${START}
systemctl start tsmetrics-textfile@peers tsmetrics-textfile@native tsmetrics-watchdog
echo "start $?"; ls -A /var/lib/alloy; stat -c '%a %U' /var/lib/alloy/*`,
      page: "curl -s http://127.0.0.1:9111/metrics",
      // Every scrape until each page was replaced four times, and how often that was.
      meanwhile: `systemctl start ${FAST}
${untilTrue(60, replacedOften(4))}
  curl -s http://127.0.0.1:9111/metrics | awk '/^tailscale_peer_online\\{/ { peers++ }
    /^tailscaled_home_derp_region_id/ { native++ } /^tailscale_watchdog_last_run/ { watchdog++ }
    /^node_textfile_scrape_error/ { error = $2 }
    END { print peers, native, watchdog, error }'
  for each in ${PAGES.join(" ")}; do
    stat -c '%n %.9Y' /var/lib/alloy/tailscale-$each.prom >> /run/replaced
  done
done | sort | uniq -c | sed 's/^ *//'
systemctl stop ${FAST}`,
      replaced:
        "sort -u /run/replaced | sed 's/.*tailscale-//; s/ .*//' | sort | uniq -c | sed 's/^ *//'",
      failed: "systemctl --failed --no-legend --plain",
      // Without it every run would be the watchdog's first.
      memory: `find /var/lib/tailscale-watchdog/location_data -name 'local_storage*' | wc -l
journalctl --no-pager -o cat | grep -c 'Cannot keep state'`,
    },
  });
  assertEquals(steps.get("socket"), "/run/tailscale/tailscaled.sock\n");
  const files = PAGES.map((name) => `tailscale-${name}.prom\n`).join("");
  assertMatch(steps.get("once") ?? "", new RegExp(`^start 0\n${files}(644 root\n){3}`));

  const page = steps.get("page") ?? "";
  assertMatch(page, /^node_textfile_scrape_error 0$/m);
  for (const name of PAGES) {
    assertMatch(
      page,
      new RegExp(`^node_textfile_mtime_seconds\\{.*tailscale-${name}\\.prom"\\}`, "m"),
    );
  }
  assertMatch(page, /^tailscale_up 1$/m);
  for (const node of ["b", "c"]) {
    const online = new RegExp(
      `^tailscale_peer_online\\{.*peer_name="node-${node}\\..*"\\} 1$`,
      "m",
    );
    assertMatch(page, online);
  }
  assertMatch(page, /^tailscaled_home_derp_region_id\{.*\} 999$/m);
  assertMatch(page, /^tailscale_watchdog_restarts_total 0$/m);

  const [line = "", ...more] = (steps.get("meanwhile") ?? "").trimEnd().split("\n");
  const [, scrapes, seen] = /^(\d+) (.*)$/.exec(line) ?? [];
  assertEquals([seen, more], ["2 1 1 0", []], steps.get("meanwhile"));
  assert(Number(scrapes) >= 4, line);
  for (const count of (steps.get("replaced") ?? "").trimEnd().split("\n")) {
    assert(Number.parseInt(count) >= 4, steps.get("replaced"));
  }
  assertEquals(steps.get("failed"), "");
  assertMatch(steps.get("memory") ?? "", /^[1-9]\n0\n$/);
});

/** Begins a comparison of how many versions of the slow pages were met. */
const SEEN = `test "$(grep -s slow_first /run/scrapes | sort -u | wc -l)"`;

Deno.test("node_exporter never meets half a page, however slowly one is written", async () => {
  const steps = await runBooted({
    units: { "node-exporter.service": NODE_EXPORTER, ...everySecond() },
    programs: {
      "tsmetrics-host": `number=$(date +%s%N)
echo "slow_first{page=\\"$3\\"} $number"; sleep 0.4; echo "slow_last{page=\\"$3\\"} $number"`,
    },
    steps: {
      scrapes: `${START}
systemctl start ${FAST}
until test "$(ls /var/lib/alloy/*.prom | wc -l)" = 3; do sleep 0.1; done
${untilTrue(60, `test "$(grep -sc '^$' /run/scrapes)" -gt 50 && ${SEEN} -ge 12`)}
  curl -s http://127.0.0.1:9111/metrics | sed -nE 's/^(slow_(first|last)|node_textfile_scrape_error)/\\1/p'
  echo
done | tee -a /run/scrapes
systemctl stop ${FAST}`,
    },
  });
  const scrapes = (steps.get("scrapes") ?? "").trimEnd().split("\n\n");
  assert(scrapes.length > 50, String(scrapes.length));
  const values = new Set<string>();
  for (const scrape of scrapes) {
    assertMatch(scrape, /^node_textfile_scrape_error 0$/m);
    for (const page of ["native", "peers", "watchdog"]) {
      const [first, last] = ["first", "last"].map((end) =>
        new RegExp(`^slow_${end}\\{page="${page}"\\} (\\S+)$`, "m").exec(scrape)?.[1]
      );
      assert(first !== undefined && first === last, scrape);
      values.add(first);
    }
  }
  assert(values.size >= 12, String(values.size));
});
