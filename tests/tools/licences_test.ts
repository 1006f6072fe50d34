import { assertEquals, assertThrows } from "@std/assert";
import { renderLicences } from "../../tools/licences.ts";
import { textOf } from "../style/tree.ts";

const COMPONENTS = [
  { name: "deno", version: "2.9.6" },
  { name: "@a/b", version: "1.0.0" },
  { name: "std", version: "1.26.8" },
];

Deno.test("renderLicences() has a heading and the text for each component", () => {
  const packages = new Map([["deno", "MIT D\n"], ["@a/b", "MIT B\n\n"]]);
  assertEquals(
    renderLicences(COMPONENTS, {
      own: "MIT\n",
      packages,
      notices: "======== std go1.26.8\n\nBSD\n",
    }),
    `MIT

======== deno 2.9.6

MIT D

======== @a/b 1.0.0

MIT B

======== std go1.26.8

BSD
`,
  );
});

Deno.test("renderLicences() refuses components without a text", () => {
  const packages = new Map([["deno", "MIT"], ["@a/b", "\n"]]);
  assertThrows(
    () => renderLicences(COMPONENTS, { own: "", packages, notices: "======== stdx 1\n\nMIT\n" }),
    RangeError,
    "Cannot ship @a/b, std: the text of the licence is missing",
  );
});

Deno.test("archives, packages and images get the licences of what is inside", async () => {
  const [release, packages, image, root, tasks] = await Promise.all([
    "tools/release.sh",
    "deploy/packages/nfpm.yaml",
    "Dockerfile",
    "deploy/image/root.sh",
    "deno.json",
  ].map(textOf));
  const made = release?.indexOf("deno task -q licences dist/LICENSES.txt") ?? -1;
  assertEquals(made > 0 && made < (release?.indexOf("deno task -q packages") ?? 0), true);
  assertEquals(release?.match(/LICENSES\.txt (?:tsmetrics\.1|"\$\{programs)/g)?.length, 2);
  assertEquals(packages?.includes("src: ${DIST}/LICENSES.txt"), true);
  assertEquals(
    JSON.parse(tasks ?? "").tasks.packages.command.includes("licences dist/LICENSES.txt"),
    true,
  );
  assertEquals(image?.match(/root\.sh .* dist\/LICENSES\.txt/g)?.length, 2);
  assertEquals(root?.includes('"$folder/usr/share/doc/tsmetrics/copyright"'), true);
});
