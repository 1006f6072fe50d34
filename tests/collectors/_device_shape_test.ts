import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  DEVICE_FACTS,
  formatDropPattern,
  parseDropPattern,
  parseLabelChoice,
} from "../../src/cardinality.ts";
import { DEVICE_METRICS } from "../../src/collectors/_device_metric.ts";
import { MetricDrop } from "../../src/collectors/_metric_drop.ts";
import { DeviceShape } from "../../src/collectors/_device_shape.ts";
import { BlockWriter, Relabeler } from "../../src/exposition/mod.ts";
import { Page, Section } from "../../src/page/mod.ts";
import { renderDevice } from "../../src/collectors/_device_block.ts";
import { fixtureBytes } from "../_support/fixture.ts";
import { makeFullDevice } from "../devices/_device.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

/** A shape as the settings would make it. */
function makeShape(drops: string, labels = ""): DeviceShape {
  const items = (text: string) => text.split(",").filter((item) => item !== "");
  return new DeviceShape({
    drops: new MetricDrop(items(drops).flatMap((item) => parseDropPattern(item) ?? [])),
    labels: items(labels).flatMap((item) => parseLabelChoice(item) ?? []),
  });
}

const DEVICE = makeFullDevice({
  id: "7",
  name: "n.ts.net",
  os: "linux",
  user: "a@example.com",
  clientVersion: "1.2.3",
  tags: ["tag:server", "tag:exporter"],
});

/** The lines that a device has in this shape. */
function lines(shape: DeviceShape, device = DEVICE): readonly string[] {
  const section = new Section(DEVICE_METRICS);
  const writer = shape.filter(new BlockWriter(section.families), DEVICE_METRICS);
  section.set("", renderDevice(writer, { device, isOnline: true }, shape));
  const view = new Page([section]).view();
  assertSameSamples(view.text("text"), view.text("openmetrics"));
  return view.text("text").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The line of `tailscale_device_info` and that of `tailscale_device_user`. */
function infoAndUser(shape: DeviceShape): readonly string[] {
  return lines(shape).filter((line) => /_(?:info|user)[{]/.test(line))
    .map((line) => line.replace(/^tailscale_device_/, ""));
}

Deno.test("DeviceShape shows name and id everywhere by default", () => {
  assertEquals(infoAndUser(new DeviceShape()), [
    'info{device_id="7",device_name="n.ts.net",online="true",os="linux",version="1.2.3"} 1',
    'user{device_id="7",device_name="n.ts.net",user_email="a@example.com"} 1',
  ]);
});

Deno.test("DeviceShape adds facts to tailscale_device_info, or to every series", () => {
  assertEquals(infoAndUser(makeShape("", "tags,user,os")), [
    'info{device_id="7",device_name="n.ts.net",online="true",os="linux",version="1.2.3",' +
    'user_email="a@example.com",tags=",exporter,server,"} 1',
    'user{device_id="7",device_name="n.ts.net",user_email="a@example.com"} 1',
  ]);
  assertEquals(infoAndUser(makeShape("", "*:tags,*:user,*:os")), [
    'info{device_id="7",device_name="n.ts.net",os="linux",user_email="a@example.com",' +
    'tags=",exporter,server,",online="true",version="1.2.3"} 1',
    'user{device_id="7",device_name="n.ts.net",os="linux",user_email="a@example.com",' +
    'tags=",exporter,server,"} 1',
  ]);
});

Deno.test("DeviceShape leaves the name on tailscale_device_info when it goes elsewhere", () => {
  const expected = [
    'info{device_id="7",device_name="n.ts.net",online="true",os="linux",version="1.2.3"} 1',
    'user{device_id="7",user_email="a@example.com"} 1',
  ];
  assertEquals(infoAndUser(makeShape("{device_name}")), expected);
  assertEquals(infoAndUser(makeShape("", "name")), expected);
  assertEquals(infoAndUser(makeShape("{device_*}", "name")), expected);
  assertEquals(makeShape("{device_name}").labelsOf(DEVICE), [["device_id", "7"], [
    "device_name",
    "",
  ]]);
});

Deno.test("DeviceShape leaves out a fact that a device does not have", () => {
  const shape = makeShape("", "*:os,*:tags,user");
  const device = makeFullDevice({ id: "7", name: "n", os: undefined, tags: [], user: undefined });
  assertEquals(
    lines(shape, device)[0]?.replace(/version=.*/, ""),
    'tailscale_device_info{device_id="7",device_name="n",online="true",',
  );
});

Deno.test("DeviceShape drops families and labels of the API, and no label that identifies", () => {
  const all = lines(new DeviceShape());
  const some = lines(makeShape("tailscale_device_exit_*,{preferred},{os},{feature},{route}"));
  assertEquals(
    some,
    all.filter((line) => !line.startsWith("tailscale_device_exit_"))
      .map((line) => line.replace(/,preferred="\w+"/, "").replace(/,os="\w+"/, "")),
  );
  assertEquals(lines(makeShape("{*}")).length, all.length);
  assertEquals(lines(makeShape("*")), []);
});

Deno.test("DeviceShape.filter() leaves patterns idle whose families have no samples", () => {
  const shape = makeShape("tailscale_device_os,tailscale_device_user,tailscale_device_info,{k}");
  const device = makeFullDevice({ id: "7", name: "n", user: undefined });
  const idle = () => shape.drops.idle.map(formatDropPattern);
  assertEquals(idle().length, 4);
  lines(shape, device);
  assertEquals(idle(), ["tailscale_device_os", "tailscale_device_user", "{k}"]);
});

const GLOB = fc.constantFrom(
  "*",
  "tailscale_*",
  "tailscaled_*",
  "*_ms",
  "*_total",
  "*info",
  "?*e*",
);
const LABEL = fc.constantFrom(
  "*",
  "path",
  "preferred",
  "derp_*",
  "os",
  "r*",
  "device_*",
  "feature",
);
const PATTERN = fc.oneof(
  fc.tuple(GLOB, LABEL).map(([family, label]) => ({ family, label })),
  GLOB.filter((glob) => glob !== "*").map((family) => ({ family, label: undefined })),
);
const CHOICE = fc.record({
  fact: fc.constantFrom(...DEVICE_FACTS),
  isEverywhere: fc.boolean(),
});

Deno.test("DeviceShape never makes two series one, whatever is left out or added", () => {
  const page = fixtureBytes("pages/usermetrics-peer-relay-server.txt");
  const devices = [DEVICE, makeFullDevice({ id: "8", name: DEVICE.name, tags: [] })];
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 4 }), fc.array(CHOICE, { maxLength: 4 }), (
      patterns,
      labels,
    ) => {
      const shape = new DeviceShape({ drops: new MetricDrop(patterns), labels });
      const facts = new Section(DEVICE_METRICS);
      const pages = new Section([]);
      const relabeler = new Relabeler(pages.families, { drops: shape.drops });
      const writer = shape.filter(new BlockWriter(facts.families), DEVICE_METRICS);
      for (const device of devices) {
        facts.set(device.id, renderDevice(writer, { device, isOnline: true }, shape));
        pages.set(device.id, relabeler.relabel(page, shape.labelsOf(device)).block);
      }
      const view = new Page([facts, pages]).view();
      // Both readers refuse a series twice, and a label twice.
      const families = assertSameSamples(view.text("text"), view.text("openmetrics"));
      assertEquals(
        families.flatMap(({ samples }) => samples)
          .filter(({ labels }) => labels["device_id"] === undefined),
        [],
      );
    }),
    { numRuns: 300, seed: 7 },
  );
});
