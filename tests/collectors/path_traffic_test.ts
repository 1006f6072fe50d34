import { assertEquals } from "@std/assert";
import { CLIENT_METRICS } from "../../src/collectors/_scrape_metric.ts";
import { pathTotals } from "../../src/collectors/path_traffic.ts";
import { Relabeler } from "../../src/exposition/mod.ts";
import { Section } from "../../src/page/mod.ts";

function makePages() {
  const pages = new Section(CLIENT_METRICS);
  const relabeler = new Relabeler(pages.families);
  const set = (key: string, page: string, name = key) => {
    const { block } = relabeler.relabel(new TextEncoder().encode(page), [
      ["device_id", key],
      ["device_name", name],
    ]);
    pages.set(key, block);
  };
  return { pages, set };
}

const PAGE = `# TYPE tailscaled_inbound_bytes_total counter
tailscaled_inbound_bytes_total{path="derp"} 5
tailscaled_inbound_bytes_total{path="direct_ipv4"} 100
tailscaled_inbound_bytes_total{path="direct_ipv6"} 20
tailscaled_inbound_bytes_total{path="peer_relay_ipv4"} 7
tailscaled_inbound_bytes_total{path="constructor"} 999
# TYPE tailscaled_outbound_bytes_total counter
tailscaled_outbound_bytes_total{path="direct_ipv4"} 1e3
# TYPE tailscaled_outbound_packets_total counter
tailscaled_outbound_packets_total{path="derp"} 77
`;

Deno.test("pathTotals() adds up the counters of each path", () => {
  const { pages, set } = makePages();
  set("1", PAGE);
  assertEquals([...pathTotals(pages)], [["1", [120, 7, 5, 1000, NaN, NaN]]]);
});

Deno.test("pathTotals() leaves out devices whose metrics do not tell", () => {
  const { pages, set } = makePages();
  set("1", 'tailscaled_health_messages{type="warning"} 0\n');
  set("2", PAGE);
  pages.delete("2");
  assertEquals([...pathTotals(pages)], []);
});

Deno.test("pathTotals() is not misled by names that look like labels and values", () => {
  const { pages, set } = makePages();
  set("1", PAGE, 'a",path="derp"} 1e9 {path="derp"');
  assertEquals([...pathTotals(pages)], [["1", [120, 7, 5, 1000, NaN, NaN]]]);
});
