import { assert, assertEquals } from "@std/assert";
import { sourceFiles, textOf } from "./tree.ts";

/** Reads the header in which a secret of ours is sent; has to use `createTokenCheck()`. */
const READS_LOGIN = /headers\.get\("(?:proxy-)?authorization"\)/;

/** The demo plays the API, whose tokens are no secrets. */
const OWN_PROGRAM = /^src\/(?!demo\/)/;

Deno.test("each token that is sent to us is compared by createTokenCheck(), in constant time", async () => {
  const readers: string[] = [];
  for (const path of (await sourceFiles()).filter((each) => OWN_PROGRAM.test(each))) {
    const text = await textOf(path);
    const reads = text.split("\n").filter((line) => READS_LOGIN.test(line));
    if (reads.length === 0) continue;
    readers.push(path);
    assert(/= createTokenCheck\(|createTokenCheck\(\w+\)/.test(text), `${path} has its own check`);
    for (const line of reads) assert(/isAuthorized\(/.test(line), `${path}: ${line.trim()}`);
  }
  assert(readers.includes("src/http/handler.ts"), readers.join());
});

Deno.test("createTokenCheck() compares digests, by the one function that takes the same time", async () => {
  const text = await textOf("src/http/auth.ts");
  const compared = [...text.matchAll(/timingSafeEqual\(([^;]*)\);/g)].map(([, what]) => what);
  assertEquals(compared, ["digest(headerBytes(given)), expected"]);
  assertEquals(
    /[!=]==? *(?:expected|token)\b|\b(?:expected|token\.reveal\(\)) *[!=]==?/.test(text),
    false,
  );
});

Deno.test("no file shows a secret but those that send it or look for it", async () => {
  const allowed = [
    "src/commands/healthcheck.ts",
    "src/config/credential_rule.ts",
    "src/config/describe.ts",
    "src/devices/connection.ts",
    "src/headscale/api.ts",
    "src/headscale/api_key.ts",
    "src/http/auth.ts",
    "src/http/serve.ts",
    "src/redactor.ts",
    "src/secret.ts",
    "src/tailscale/local/transport.ts",
    "src/tailscale/token.ts",
  ];
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter((each) => OWN_PROGRAM.test(each))) {
    if (/\breveal\(\)/.test(await textOf(path))) found.push(path);
  }
  assertEquals(found.filter((path) => !allowed.includes(path)), []);
});
