import { assertEquals } from "@std/assert";
import { counter, deviceMetric, gauge, indexOf, peerMetric } from "../src/metric.ts";

Deno.test("counter() and gauge() define metrics of their type", () => {
  const plain = { name: "a", help: "A.", labels: [] };
  assertEquals(counter("a", "A."), { ...plain, type: "counter" });
  assertEquals(gauge("a", "A."), { ...plain, type: "gauge", facts: [] });
  assertEquals(gauge("a", "A.", ["os", "id"], ["os"]).facts, ["os"]);
});

Deno.test("deviceMetric() and peerMetric() begin the labels with those of every series", () => {
  assertEquals(deviceMetric("gauge", "a", "A.", ["route"]).labels, [
    "device_id",
    "device_name",
    "route",
  ]);
  assertEquals(peerMetric("counter", "a", "A.", ["state"]), {
    name: "a",
    type: "counter",
    help: "A.",
    labels: ["peer_id", "peer_name", "state"],
  });
});

Deno.test("indexOf() gives the position of each definition", () => {
  const index = indexOf({ up: gauge("up", "Up."), errors: counter("errors_total", "Errors.") });
  assertEquals(index, { up: 0, errors: 1 });
});
