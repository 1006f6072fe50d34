import { assertEquals, assertThrows } from "@std/assert";
import { type Lock, renderSbom, SHIPPED } from "../../tools/sbom.ts";
import { sourceFiles, textOf } from "../style/tree.ts";

Deno.test("SHIPPED are the packages that src/ imports", async () => {
  const { imports } = JSON.parse(await textOf("deno.json")) as {
    readonly imports: Readonly<Record<string, string>>;
  };
  const npm = Object.keys(imports).filter((name) => imports[name]?.startsWith("npm:") === true);
  const imported = new Set<string>();
  for (const path of await sourceFiles()) {
    const text = await textOf(path);
    for (const name of npm) if (text.includes(`from "${name}"`)) imported.add(name);
  }
  assertEquals([...imported].sort(), [...SHIPPED].sort());
});

Deno.test("renderSbom() lists the runtime and each package with its hash, twice the same", async () => {
  const lock = JSON.parse(await textOf("deno.lock")) as Lock;
  const text = renderSbom("1.2.3", "2.9.6", lock);
  const { components, metadata } = JSON.parse(text);
  assertEquals(metadata.component.purl, "pkg:github/tsmetrics/tsmetrics@v1.2.3");
  assertEquals(
    components.map(({ purl }: { readonly purl: string }) => purl),
    [
      "pkg:github/denoland/deno@v2.9.6",
      "pkg:npm/%40logtape/logtape@2.4.2",
      "pkg:npm/bcryptjs@3.0.3",
      "pkg:npm/preact@11.2.0",
      "pkg:npm/uplot@1.6.32",
    ],
  );
  assertEquals(components[1].hashes[0].content.length, 128);
  assertEquals(renderSbom("1.2.3", "2.9.6", lock), text);
  for (const name of SHIPPED) {
    const key = Object.keys(lock.npm).find((each) => each.startsWith(`${name}@`)) ?? "";
    assertEquals(lock.npm[key]?.dependencies ?? [], [], `${name} brings others: list them too`);
  }
});

Deno.test("renderSbom() lists the Go modules of the embedded node with their licences", async () => {
  const lock = JSON.parse(await textOf("deno.lock")) as Lock;
  const list = "std go1.26.8 BSD-3-Clause\ntailscale.com v1.102.5 BSD-3-Clause\n";
  const { components } = JSON.parse(renderSbom("1.2.3", "2.9.6", lock, list));
  assertEquals(components.slice(-2), [
    {
      type: "library",
      name: "std",
      version: "1.26.8",
      purl: "pkg:golang/std@1.26.8",
      licenses: [{ license: { id: "BSD-3-Clause" } }],
    },
    {
      type: "library",
      name: "tailscale.com",
      version: "v1.102.5",
      purl: "pkg:golang/tailscale.com@v1.102.5",
      licenses: [{ license: { id: "BSD-3-Clause" } }],
    },
  ]);
});

Deno.test("renderSbom() refuses a package that is not locked", () => {
  assertThrows(
    () => renderSbom("1", "2", { npm: {} }),
    RangeError,
    "Cannot list @logtape/logtape: not in deno.lock",
  );
});
