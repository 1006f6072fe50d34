import { assertEquals, assertMatch } from "@std/assert";
import { runBooted } from "./_booted.ts";
import { Lab } from "./_lab.ts";

Deno.test("the host's units show, keep open and pass on what a real tailscaled says", async () => {
  await using lab = await Lab.up();
  const count = (port: number, pattern: string) =>
    `curl -s http://127.0.0.1:${port}/metrics | grep -cE '${pattern}'`;
  const steps = await runBooted({
    withProgram: true,
    sockets: { "tailscaled.sock": lab.variable("A_SOCKET") },
    steps: {
      start: `mkdir /run/tailscale; touch /run/tailscale/tailscaled.sock
mount --bind /probe/tailscaled.sock /run/tailscale/tailscaled.sock
mkdir -p /etc/tsmetrics; echo BRIDGE=127.0.0.1:8765 > /etc/tsmetrics/host.env
echo KEEPALIVE_INTERVAL=1s > /etc/tsmetrics/keepalive.env
systemctl start tsmetrics-host tsmetrics-keepalive; echo "start $?"`,
      host: `for i in $(seq 450); do
${count(9101, "^tailscale_peer_online.* 1$")} | grep -q 2 && break; sleep 0.1; done
${count(9101, "^(tailscale_up 1|tailscaled_home_derp_region_id.* 999)$")}`,
      keepalive: `for i in $(seq 450); do
test "$(${count(9102, "^tailscale_keepalive_.*_count.* [1-9]")})" -ge 2 && break; sleep 0.1; done
${count(9102, "^tailscale_keepalive_.*_count.* [1-9]")}`,
      bridge: `for path in status whois/${lab.address("b")} usermetrics whois/100.127.9.9 prefs; do
curl -s -o /run/answer -w '%{http_code} ' http://127.0.0.1:8765/$path
grep -oE -m 1 'alice@example.com|node-a.lab.test|tailscaled_home_derp_region_id|no match' /run/answer || echo
done`,
      sandbox: `for unit in tsmetrics-host tsmetrics-keepalive; do
grep -hE '^(Uid|CapBnd|Seccomp):' /proc/$(systemctl show -P MainPID $unit)/status; done`,
      log:
        "systemctl stop tsmetrics-host tsmetrics-keepalive; journalctl --no-pager -o cat -u 'tsmetrics-*'",
      failed: "systemctl --failed --no-legend --plain",
    },
  });
  const log = steps.get("log") ?? "";
  assertEquals(steps.get("start"), "start 0\n");
  assertEquals(steps.get("host"), "2\n", log);
  assertMatch(steps.get("keepalive") ?? "", /^[1-9]\d*\n$/, log);
  assertEquals(
    steps.get("bridge"),
    [
      "200 node-a.lab.test",
      "200 alice@example.com",
      "200 tailscaled_home_derp_region_id",
      "404 no match",
      "404 ",
      "",
    ].join("\n"),
  );
  assertMatch(
    steps.get("sandbox") ?? "",
    /^(Uid:\t6\d{4}\t.*\nCapBnd:\t0{16}\nSeccomp:\t2\n){2}$/,
  );
  assertEquals(steps.get("failed"), "");
});

Deno.test("only the watchdog's unit has the right to mend, as root without a capability", async () => {
  await using lab = await Lab.up({ nodes: ["a"] });
  const mended = "/var/lib/alloy/tailscale";
  const steps = await runBooted({
    sockets: { "tailscaled.sock": lab.variable("A_SOCKET") },
    programs: {
      "tsmetrics-host": `for call in "debug?action=restun" metrics status; do
curl -s -o /dev/null -w '%{http_code} ' -X $(test "$call" = status && echo GET || echo POST) \\
  --unix-socket /var/run/tailscale/tailscaled.sock "http://local-tailscaled.sock/localapi/v0/$call"
done
grep -E '^(CapEff|CapBnd):' /proc/self/status`,
    },
    steps: {
      mend: `mkdir -p /run/tailscale /var/lib/alloy; touch /run/tailscale/tailscaled.sock
mount --bind /probe/tailscaled.sock /run/tailscale/tailscaled.sock
systemctl start tsmetrics-watchdog tsmetrics-textfile@peers; echo "start $?"`,
      watchdog: `cat ${mended}-watchdog.prom`,
      peers: `cat ${mended}-peers.prom`,
    },
  });
  assertEquals(steps.get("mend"), "start 0\n");
  const none = "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n";
  assertEquals(steps.get("watchdog"), `200 200 200 ${none}`);
  assertEquals(steps.get("peers"), `403 403 200 ${none}`);
});
