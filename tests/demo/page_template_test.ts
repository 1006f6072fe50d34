import { assert, assertEquals } from "@std/assert";
import { type PageShape, PageTemplate, SIGNAL_COUNT } from "../../src/demo/page_template.ts";
import { fixtureText } from "../_support/fixture.ts";
import { readText } from "../_support/text_reader.ts";

const PLAIN: PageShape = {
  inboundDrops: [],
  outboundDrops: ["error"],
  hasRelay: true,
  services: [],
  extra: undefined,
};

function render(shape: PageShape): string {
  const template = new PageTemplate(shape);
  return new TextDecoder().decode(template.render(
    new Float64Array(SIGNAL_COUNT).fill(1),
    new Float64Array(template.slots.length).fill(7.9),
  ));
}

function withoutNumbers(page: string): string {
  return page.replace(/^([^#].*) \S+$/gm, "$1 N");
}

Deno.test("PageTemplate.render() writes what a real tailscaled writes, but for the numbers", () => {
  assertEquals(
    withoutNumbers(render(PLAIN)),
    withoutNumbers(fixtureText("tailscaled/peer_relay_server.txt")),
  );
});

Deno.test("PageTemplate.render() writes whole numbers", () => {
  assert(render(PLAIN).includes("tailscaled_home_derp_region_id 7\n"));
});

Deno.test("PageTemplate.render() sorts families and series, with all extras", () => {
  for (const extra of ["newer_family", "own_names"] as const) {
    const shape: PageShape = {
      ...PLAIN,
      inboundDrops: ["acl", "error"],
      services: ["svc:web", "svc:git"],
      extra,
    };
    const families = readText(render(shape));
    const names = families.map(({ name }) => name);
    assertEquals(names, names.toSorted());
    assertEquals(
      names.filter((name) => name.startsWith("tailscaled_")).length,
      {
        newer_family: 16,
        own_names: 15,
      }[extra],
    );
    for (const { samples } of families) {
      const series = samples.map(({ labels }) => JSON.stringify(labels));
      assertEquals(series, series.toSorted());
    }
  }
});

Deno.test("PageTemplate.render() leaves out what a client does not have", () => {
  const page = render({ ...PLAIN, hasRelay: false, services: undefined });
  assertEquals(/peer_relay_(endpoints|forwarded)|tailscaled_serve/.test(page), false);
  assertEquals(readText(page).length, 10);
});
