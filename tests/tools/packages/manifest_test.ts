import { assert, assertEquals, assertThrows } from "@std/assert";
import { parse } from "yaml";
import { fillManifest, MANIFESTS, readChecksums } from "../../../tools/packages/manifest.ts";
import { assetName, PLATFORMS } from "../../../tools/platform.ts";
import { REPOSITORY } from "../../../tools/project.ts";

const ASSETS = [
  ...PLATFORMS.map((platform) => assetName("tsmetrics", platform)),
  "tsmetrics-linux-amd64.deb",
  "tsmetrics-linux-arm64.deb",
];

/** A different checksum for each asset. */
const CHECKSUMS = new Map(ASSETS.map((name, at) => [name, String(at).repeat(64)]));

Deno.test("readChecksums() reads what sha256sum writes", () => {
  const sum = "0".repeat(64);
  assertEquals([...readChecksums(`${sum}  a.deb\n${sum} *b.exe\nodd  c\n`)], [
    ["a.deb", sum],
    ["b.exe", sum],
  ]);
});

Deno.test("fillManifest() refuses an asset without a checksum, and an unknown word", () => {
  const facts = { version: "1.2.3", checksums: new Map([["a", "0"]]) };
  assertEquals(fillManifest("@VERSION@ @REPOSITORY@ @SHA256:a@", facts), `1.2.3 ${REPOSITORY} 0`);
  for (const template of ["@SHA256:b@", "@WORD@"]) {
    assertThrows(() => fillManifest(template, facts), RangeError, "want one of a");
  }
});

for (const name of MANIFESTS) {
  Deno.test(`deploy/packages/${name} takes each download with that download's checksum`, async () => {
    const template = await Deno.readTextFile(`deploy/packages/${name}`);
    const text = fillManifest(template, { version: "1.2.3", checksums: CHECKSUMS });
    assert(!/@[A-Z]/.test(text), text);
    // A download is followed by its own checksum, in the order of both.
    const downloads = [...text.matchAll(/(?:v1\.2\.3|\$_release)\/(tsmetrics-[\w.-]+?)(?:["')#])/g)]
      .map(([, asset = ""]) => asset);
    const sums = [...text.matchAll(/\b(\d)\1{63}\b/g)].map(([sum]) => sum);
    assertEquals(sums, downloads.map((asset) => CHECKSUMS.get(asset) ?? asset));
    assert(downloads.length > 0);
  });
}

Deno.test("deploy/packages/tsmetrics.json is JSON as Scoop wants it", async () => {
  const template = await Deno.readTextFile("deploy/packages/tsmetrics.json");
  const manifest = parse(fillManifest(template, { version: "1.2.3", checksums: CHECKSUMS }));
  assertEquals([manifest.version, manifest.bin, manifest.license], [
    "1.2.3",
    "tsmetrics.exe",
    "MIT",
  ]);
  JSON.parse(template);
});
