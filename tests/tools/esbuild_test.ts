import { assertEquals, assertRejects } from "@std/assert";
import {
  type CachedFile,
  ESBUILD,
  esbuildFault,
  listEsbuild,
  npmPlatform,
  withCheckedEsbuild,
} from "../../tools/esbuild.ts";
import { textOf } from "../style/tree.ts";

const SUM = ESBUILD.sums["linux-x64"] ?? "";

Deno.test("ESBUILD is that of the Deno in .dvmrc, with a checksum for each platform that builds", async () => {
  assertEquals((await textOf(".dvmrc")).trim(), ESBUILD.deno);
  assertEquals(
    [
      { os: "linux", arch: "x86_64" },
      { os: "linux", arch: "aarch64" },
      { os: "darwin", arch: "x86_64" },
      { os: "darwin", arch: "aarch64" },
      { os: "windows", arch: "x86_64" },
    ].map(npmPlatform),
    Object.keys(ESBUILD.sums),
  );
});

Deno.test("esbuildFault() accepts the recorded file only, and says what to do about another", () => {
  assertEquals(esbuildFault([], "linux-x64"), undefined);
  assertEquals(esbuildFault([{ path: "/dl/a", sum: SUM }], "linux-x64"), undefined);
  assertEquals(
    esbuildFault([{ path: "/dl/a", sum: SUM }, { path: "/dl/b", sum: "12ab" }], "linux-x64"),
    `/dl/b has SHA-256 12ab, wanted ${SUM}; delete it: if it comes back, the download itself was ` +
      "changed",
  );
  assertEquals(
    esbuildFault([{ path: "/dl/a", sum: SUM }], "plan9-x64"),
    "no checksum of esbuild is recorded for plan9-x64; bundle on another platform",
  );
});

Deno.test("listEsbuild() finds the recorded version for one platform, whatever number Deno adds", async () => {
  await Deno.mkdir(".tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: ".tmp", prefix: "esbuild-" });
  const { version } = ESBUILD;
  try {
    assertEquals(await listEsbuild(`${folder}/none`, "linux-x64"), []);
    const paths = [
      `esbuild-${version}/esbuild-linux-x64`,
      `esbuild-${version}-2/esbuild-linux-x64.exe`,
      `esbuild-${version}-2/esbuild-linux-arm64`,
      `esbuild-${version}1/esbuild-linux-x64`,
      "other-1/esbuild-linux-x64",
    ];
    for (const path of paths) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, "x");
    }
    const found = await listEsbuild(folder, "linux-x64");
    // SHA-256 of "x"
    const sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    assertEquals(
      found.toSorted((a, b) => a.path < b.path ? -1 : 1),
      [
        { path: `${folder}/esbuild-${version}-2/esbuild-linux-x64.exe`, sum },
        { path: `${folder}/esbuild-${version}/esbuild-linux-x64`, sum },
      ],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Bundles over listings of the cache, one for each look. */
async function bundleOver(...listings: readonly (readonly CachedFile[])[]) {
  const left = [...listings];
  const waits: number[] = [];
  const made = await withCheckedEsbuild(() => Promise.resolve("made"), {
    denoVersion: ESBUILD.deno,
    list: () => Promise.resolve(left.shift() ?? []),
    delay: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { made, waits, left: left.length };
}

Deno.test("withCheckedEsbuild() checks before and after, also what is fetched beside an old one", async () => {
  const right = { path: "/dl/a", sum: ESBUILD.sums[npmPlatform(Deno.build)] ?? "" };
  const wrong = { path: "/dl/b", sum: "12ab" };
  const good = { made: "made", waits: [], left: 0 };
  assertEquals(await bundleOver([right], [right]), good);
  assertEquals(await bundleOver([], [right]), good);
  // Half of it was there: another process was copying it.
  assertEquals(await bundleOver([wrong], [right], [right]), { ...good, waits: [1_000] });
  for (const listings of [[[wrong], [wrong]], [[right], [right, wrong], [right, wrong]]]) {
    await assertRejects(() => bundleOver(...listings), Error, "/dl/b has SHA-256 12ab");
  }
  await assertRejects(() => bundleOver([], []), Error, "has none of version");
});

Deno.test("withCheckedEsbuild() refuses another Deno, whose esbuild it does not know", async () => {
  let isRun = false;
  const bundle = () => Promise.resolve(void (isRun = true));
  await assertRejects(
    () => withCheckedEsbuild(bundle, { denoVersion: "9.9.9", list: () => Promise.resolve([]) }),
    Error,
    `its checksum is recorded for Deno ${ESBUILD.deno}, this is Deno 9.9.9; use the one of .dvmrc`,
  );
  assertEquals(isRun, false);
});
