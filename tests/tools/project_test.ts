import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHART_URL, DOWNLOAD_URL, IMAGE, REPOSITORY } from "../../tools/project.ts";
import { filesBelow, textOf } from "../style/tree.ts";

/** A place on GitHub or in its registry that ends with our name. */
const PLACE = /\b(?:github\.com|ghcr\.io)[/:]([\w.-]+(?:\/charts)?\/tsmetrics)\b/g;

/** Files that are read as text. */
const TEXT = /(?:\.(?:md|ts|ya?ml|json|toml|nix|service|timer|conf|tpl|txt|sh)|\/?[A-Z]\w+)$/;

Deno.test("REPOSITORY is the place that every file names", async () => {
  const wrong: string[] = [];
  let count = 0;
  for (const path of await filesBelow("")) {
    if (!TEXT.test(path) || path.startsWith("tests/_fixtures/")) continue;
    for (const [whole, place = ""] of (await textOf(path)).matchAll(PLACE)) {
      count++;
      if (place.replace("/charts/", "/") !== REPOSITORY) wrong.push(`${path}: ${whole}`);
    }
  }
  assert(count > 10, `found ${count} places only`);
  assertEquals(wrong, []);
});

Deno.test("IMAGE, CHART_URL and DOWNLOAD_URL are places of the repository", async () => {
  assertEquals(IMAGE, `ghcr.io/${REPOSITORY}`);
  assertEquals(CHART_URL, "oci://ghcr.io/tsmetrics/charts/tsmetrics");
  const readme = await textOf("README.md");
  assertStringIncludes(readme, `${DOWNLOAD_URL}/tsmetrics-linux-amd64`);
  assertStringIncludes(readme, `${IMAGE}:latest`);
});

Deno.test("deploy/systemd.service is the exporter's unit, where users look for it", async () => {
  const unit = await textOf("deploy/systemd/tsmetrics.service");
  assertEquals(await textOf("deploy/systemd.service"), unit);
});
