import { assert, assertEquals, assertMatch } from "@std/assert";
import { runTool } from "./_tool.ts";

/** Where `lab.sh` begins to look for ports, of the 60 blocks. */
async function firstBlock(dir: string): Promise<number> {
  const [sum] = (await runTool("sh", ["-c", 'printf %s "$0" | cksum', dir])).split(" ");
  return Number(sum) % 60;
}

/** Two folders for labs that begin to look at the same block. */
async function twoAlike(folder: string): Promise<readonly [string, string]> {
  const seen = new Map<number, string>();
  // Of 61 folders two are alike.
  for (let at = 0; at <= 60; at++) {
    const dir = `${folder}/${at}`;
    const block = await firstBlock(dir);
    const other = seen.get(block);
    if (other !== undefined) return [other, dir];
    seen.set(block, dir);
  }
  throw new Error("60 blocks for 61 folders, and no two of them alike");
}

Deno.test("lab.sh gives two labs that start at once ports of their own", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tsm-lp-" });
  const dirs = await twoAlike(folder);
  const lab = (dir: string, command: string) =>
    runTool("tests/e2e/lab.sh", [command], { LAB_DIR: dir, LAB_NODES: "a" });
  try {
    // Both to their end, or one would still come up while it is taken down.
    const ups = await Promise.allSettled(dirs.map((dir) => lab(dir, "up")));
    const urls = ups.map((up) => {
      if (up.status === "rejected") throw up.reason;
      return /^LAB_API_URL=(.*)$/m.exec(up.value)?.[1] ?? "";
    });
    assertMatch(urls[0] ?? "", /^http:\/\/127\.0\.0\.1:2[2-7]\d00$/);
    assert(urls[0] !== urls[1], `both have ${urls[0]}`);
    for (const url of urls) {
      const response = await fetch(`${url}/health`);
      assertEquals([response.status, (await response.text()).includes("pass")], [200, true]);
    }
  } finally {
    await Promise.all(dirs.map((dir) => lab(dir, "down")));
    await Deno.remove(folder, { recursive: true });
  }
});
