import { assert, assertEquals } from "@std/assert";
import { basicAuthUsers } from "../../src/config/users.ts";
import { loadConfig } from "../../src/config/load.ts";
import { describeConfig, secretsOf } from "../../src/config/describe.ts";

const HASH = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const OTHER = "$2y$05$......................35w9tBXOiWEqF4YNx8Fn9rPUbxS7RTu";
const WANT = "want a bcrypt hash as `htpasswd -nBC 10 NAME` prints it";

function read(text: string): unknown {
  return basicAuthUsers().parse(text)?.map(({ name, hash }) => [name, hash.reveal()]);
}

Deno.test("basicAuthUsers() reads names and hashes however they are separated", () => {
  const both = [["ann", HASH], ["prometheus", OTHER]];
  for (
    const text of [
      `ann:${HASH},prometheus:${OTHER}`,
      `ann:${HASH}\nprometheus:${OTHER}\n`,
      `ann:${HASH}\\nprometheus:${OTHER}`,
      `ann: ${HASH}\r\nprometheus: ${OTHER}\r\n`,
      `, ann:${HASH} , prometheus:${OTHER},`,
    ]
  ) assertEquals(read(text), both, text);
  assertEquals(read(`a b@c.d:${HASH}`), [["a b@c.d", HASH]]);
  assertEquals(read(`é:${HASH.replace("$2b$", "$2a$")}`), [["é", HASH.replace("$2b$", "$2a$")]]);
});

const REFUSED: readonly (readonly [text: string, reason: string])[] = [
  ["ann", `got no hash for user 1, ${WANT}`],
  [`ann:${HASH},bob:`, `got no hash for user 2, ${WANT}`],
  [`:${HASH}`, "got no name for user 1, want NAME:HASH"],
  [`ann:${HASH},ann:${OTHER}`, "got the name of user 2 twice, want one hash for each name"],
  [`ann:$apr1$0123$abc`, `got another kind of hash ($apr1$) for user 1, ${WANT}`],
  [`ann:$argon2id$v=19$m=1`, `got another kind of hash ($argon2id$) for user 1, ${WANT}`],
  [`ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=`, `got another kind of hash ({SHA}) for user 1, ${WANT}`],
  [
    `ann:${HASH.replace("$04$", "$15$")}`,
    "got a hash of cost 15 for user 1, want a cost from 4 to 14, because each login costs that much CPU",
  ],
  [
    `ann:${HASH.replace("$04$", "$03$")}`,
    "got a hash of cost 3 for user 1, want a cost from 4 to 14, because each login costs that much CPU",
  ],
  ...["canary-password", HASH.slice(0, -1), `${HASH}x`, "y0", HASH.slice(6)].map((text) =>
    [
      `ann:${text}`,
      `got no complete hash for user 1, ${WANT}. If a shell or a .env file has replaced its $ signs, ` +
      "put the value in single quotes (but for `docker run --env-file`, which keeps them); in a " +
      "compose file write $$ for each",
    ] as const
  ),
  [
    Array.from({ length: 101 }, (_, index) => `u${index}:${HASH}`).join(),
    "got 101 users, want at most 100",
  ],
];
for (const [text, reason] of REFUSED) {
  Deno.test(`basicAuthUsers() refuses ${text.slice(0, 90)}`, () => {
    const { explain, parse } = basicAuthUsers();
    assertEquals(parse(text), undefined);
    assertEquals(explain?.(text), reason);
  });
}

Deno.test("basicAuthUsers() refuses a text without users", () => {
  assertEquals([read(","), read("\\n")], [undefined, undefined]);
  assertEquals(basicAuthUsers().explain?.(","), undefined);
});

Deno.test("basicAuthUsers() shows neither name nor hash, and the log hides the hash", () => {
  const env = { BASIC_AUTH_USERS: `ann:${HASH}` };
  const { config } = loadConfig({ env, args: ["healthcheck"] });
  assertEquals(describeConfig(config).basic_auth_users, "set");
  assert(!Deno.inspect(config, { depth: 9 }).includes(HASH));
  assert(secretsOf(config).some((secret) => secret.reveal() === HASH));
  assertEquals(basicAuthUsers().quote("ann:x"), "a value of 5 characters");
});
