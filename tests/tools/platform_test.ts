import { assertEquals } from "@std/assert";
import { assetName, platformOf, PLATFORMS } from "../../tools/platform.ts";

Deno.test("assetName() gives the names that downloads are known by", () => {
  assertEquals(PLATFORMS.map((platform) => assetName("tsmetrics", platform)), [
    "tsmetrics-linux-amd64",
    "tsmetrics-linux-arm64",
    "tsmetrics-darwin-amd64",
    "tsmetrics-darwin-arm64",
    "tsmetrics-windows-amd64.exe",
  ]);
});

Deno.test("platformOf() takes our name and Deno's, and no part of one", () => {
  const targets = ["linux-arm64", "aarch64-unknown-linux-gnu", "linux", "", "arm64"]
    .map((name) => platformOf(name)?.target);
  assertEquals(targets, [
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    undefined,
    undefined,
    undefined,
  ]);
});
