import { assert, assertEquals, assertThrows } from "@std/assert";
import { adaptSource, compareBcrypt } from "../../../src/http/auth/_bcrypt.ts";

// Made by libxcrypt.
const VECTORS: readonly (readonly [password: string, hash: string])[] = [
  ["secret", "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"],
  ["secret", "$2y$05$......................35w9tBXOiWEqF4YNx8Fn9rPUbxS7RTu"],
  ["pässwörd€", "$2b$04$zyxwvutsrqponmlkjihgfeIFAyVMJi7rTpqUSl2jx4IcW6LlncMAi"],
  ["", "$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq"],
  ["a".repeat(72), "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe"],
  ["x:y z", "$2a$04$abcdefghijklmnopqrstuuWzOJHTFZCmnH.36V6o.j5Hl5GJn/8l2"],
];
for (const [password, hash] of VECTORS) {
  Deno.test(`compareBcrypt() takes ${JSON.stringify(password.slice(0, 20))} of ${hash.slice(0, 6)}… alone`, async () => {
    assertEquals(await compareBcrypt(password, hash), true);
    assertEquals(await compareBcrypt(`${password.slice(0, 70)}!`, hash), false);
  });
}

Deno.test("compareBcrypt() gives the event loop turns while it computes", async () => {
  const hash = "$2y$10$abcdefghijklmnopqrstuuGGgFFcYeueaAql8Z7U7CnCTRw4DR77W";
  let turns = 0;
  let isDone = false;
  const compared = compareBcrypt("correct horse battery staple", hash).finally(() => isDone = true);
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  assertEquals(await compared, true);
  // 50 ms at the very least, in slices of 8 ms; the package alone yields after 100 ms.
  assert(turns >= 4, `${turns} turns`);
});

Deno.test("adaptSource() refuses the source of another version", () => {
  const both = 'import nodeCrypto from "crypto";\nvar MAX_EXECUTION_TIME = 100;\n';
  assertEquals(
    adaptSource(both),
    "const nodeCrypto = undefined;\nvar MAX_EXECUTION_TIME = 8;\n",
  );
  assertThrows(
    () => adaptSource(both.replace("100", "200")),
    SyntaxError,
    'Cannot use bcryptjs: got "MAX_EXECUTION_TIME = 100;" 0 times, want once',
  );
  assertThrows(() => adaptSource(both + both), SyntaxError, "2 times, want once");
});
