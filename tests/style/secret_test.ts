import { assert, assertEquals } from "@std/assert";
import { sourceFiles, textOf } from "./tree.ts";

/** Reads the header in which a secret of ours is sent; has to use `createTokenCheck()`. */
const READS_LOGIN = /headers\.get\("(?:proxy-)?authorization"\)/;

/** What hands the header to `createCredentialCheck()`, which asks the checks of both. */
const HANDS_ON: Readonly<Record<string, RegExp>> = {
  "src/http/auth/admission.ts":
    /\bcheck = createCredentialCheck\([^]*return check\(authorization, hostname\)/,
  "src/http/auth/session.ts": /this\.#check\(request\.headers\.get\("authorization"\), hostname\)/,
};

/** The demo plays the API, whose tokens are no secrets. */
const OWN_PROGRAM = /^src\/(?!demo\/)/;

Deno.test("each token that is sent to us is compared by createTokenCheck(), in constant time", async () => {
  const readers: string[] = [];
  for (const path of (await sourceFiles()).filter((each) => OWN_PROGRAM.test(each))) {
    const text = await textOf(path);
    const reads = text.split("\n").filter((line) => READS_LOGIN.test(line));
    if (reads.length === 0) continue;
    readers.push(path);
    const pattern = HANDS_ON[path];
    if (pattern !== undefined) {
      assertEquals([reads.length, pattern.test(text)], [1, true], path);
      continue;
    }
    assert(/= createTokenCheck\(|createTokenCheck\(\w+\)/.test(text), `${path} has its own check`);
    for (const line of reads) assert(/isAuthorized\(/.test(line), `${path}: ${line.trim()}`);
  }
  const check = await textOf("src/http/auth/credential.ts");
  assert(check.includes("= metricsToken && createTokenCheck(metricsToken);"));
  assert(check.includes("isAuthorized?.(authorization) === true) return undefined"));
  assert(check.includes("passwords.check(authorization, "));
  assert(readers.includes("src/http/auth/admission.ts"), readers.join());
});

Deno.test("PasswordCheck compares keyed digests, by the one function that takes the same time", async () => {
  const text = await textOf("src/http/auth/password.ts");
  assertEquals(
    [...text.matchAll(/timingSafeEqual\(([^;{]*)\)\) return/g)].map(([, what]) => what),
    [
      "digest, verified",
    ],
  );
  assert(text.includes('createHmac("sha256", this.#key)'));
  assertEquals(/[!=]==? *login\.password|login\.password *[!=]==?/.test(text), false);
});

Deno.test("createTokenCheck() compares digests, by the one function that takes the same time", async () => {
  const text = await textOf("src/http/auth/token_check.ts");
  const compared = [...text.matchAll(/timingSafeEqual\(([^;]*)\);/g)].map(([, what]) => what);
  assertEquals(compared, ["digest(headerBytes(given)), expected"]);
  assertEquals(
    /[!=]==? *(?:expected|token)\b|\b(?:expected|token\.reveal\(\)) *[!=]==?/.test(text),
    false,
  );
});

Deno.test("no file shows a secret but those that send it or look for it", async () => {
  const allowed = [
    "src/access/redaction.ts",
    "src/commands/healthcheck.ts",
    "src/commands/tailnet.ts",
    "src/config/credential_rule.ts",
    "src/config/describe.ts",
    "src/config/tsnet_rule.ts",
    "src/devices/client_pool.ts",
    "src/own_node/joining.ts",
    "src/embedded/open.ts",
    "src/headscale/api.ts",
    "src/headscale/api_key.ts",
    "src/http/auth/token_check.ts",
    "src/http/auth/password.ts",
    "src/http/server/server.ts",
    "src/notify/notifier.ts",
    "src/push/database_client.ts",
    "src/secret/redactor.ts",
    "src/secret/secret.ts",
    "src/tailscale/local/transport.ts",
    "src/tailscale/token.ts",
  ];
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter((each) => OWN_PROGRAM.test(each))) {
    if (/\breveal\(\)/.test(await textOf(path))) found.push(path);
  }
  assertEquals(found.filter((path) => !allowed.includes(path)), []);
});
