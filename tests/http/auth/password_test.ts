import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Compare, PasswordCheck, type Verdict } from "../../../src/http/auth/password.ts";
import { Secret } from "../../../src/secret/secret.ts";
import { FakeClock } from "../../_support/fake_clock.ts";

const ADDRESS = "192.0.2.1";

/** A hash that the comparison below reads: "$2y$COST$PASSWORD". */
function hashOf(password: string, cost = "10"): Secret {
  return new Secret(`$2y$${cost}$${password}`);
}

function basic(name: string, password: string): string {
  return `Basic ${new TextEncoder().encode(`${name}:${password}`).toBase64()}`;
}

/** Counts comparisons; each waits until it is let go, unless they go by themselves. */
function setUp(goes = true) {
  const clock = new FakeClock();
  const compared: string[] = [];
  const waiting: (() => void)[] = [];
  const compare: Compare = async (password, hash) => {
    compared.push(`${password} ${hash}`);
    if (!goes) await new Promise<void>((resolve) => waiting.push(resolve));
    return hash.slice(7) === password;
  };
  const users = [
    { name: "ann", hash: hashOf("right") },
    { name: "bob", hash: hashOf("bobs", "12") },
  ];
  const check = new PasswordCheck(users, { compare, now: clock.now, key: new Uint8Array(32) });
  return {
    clock,
    compared,
    check: (name: string, password: string, address = ADDRESS) =>
      check.check(basic(name, password), address),
    header: (header: string | null) => check.check(header, ADDRESS),
    async letGo() {
      await Promise.resolve();
      waiting.shift()?.();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("PasswordCheck.check() takes a user's own password", async () => {
  const { check } = setUp();
  assertEquals(await check("ann", "right"), "right");
  assertEquals(await check("bob", "bobs"), "right");
  assertEquals(await check("ann", "bobs"), "wrong");
  assertEquals(await check("bob", "right"), "wrong");
  assertEquals(await check("", "right"), "wrong");
});

Deno.test("PasswordCheck.check() compares nothing where there is no login", () => {
  const { header, compared } = setUp();
  for (const each of [null, "", "Bearer x", "Basic x", "Basic !!", basic("ann", "a\nb")]) {
    assertEquals(header(each), "wrong");
  }
  assertEquals(compared, []);
});

Deno.test("PasswordCheck.check() remembers what it has compared", async () => {
  const { check, compared } = setUp();
  await check("ann", "right");
  await check("ann", "wrong");
  assertEquals(check("ann", "right"), "right");
  assertEquals(check("ann", "wrong"), "wrong");
  assertEquals(check("ann", "right", "198.51.100.1"), "right");
  assertEquals(compared.length, 2);
});

Deno.test("PasswordCheck.check() compares an unknown name with the costliest hash", async () => {
  const { check, compared } = setUp();
  assertEquals(await check("eve", "bobs"), "wrong");
  assertEquals(await check("__proto__", "bobs"), "wrong");
  assertEquals(compared, ["bobs $2y$12$bobs", "bobs $2y$12$bobs"]);
});

Deno.test("PasswordCheck.check() lets an address guess ten times, and then every 10 s", async () => {
  const { check, clock, compared } = setUp();
  await check("ann", "right");
  for (let guess = 0; guess < 9; guess++) assertEquals(await check("ann", `${guess}`), "wrong");
  assertEquals(check("ann", "eleventh"), { waitMs: 10_000 });
  // what is known costs no guess, and another address has its own
  assertEquals(check("ann", "right"), "right");
  assertEquals(check("ann", "3"), "wrong");
  assertEquals(await check("ann", "eleventh", "198.51.100.1"), "wrong");
  await clock.advance(10_000);
  assertEquals(await check("ann", "twelfth"), "wrong");
  assertNotEquals(await check("ann", "thirteenth"), "wrong");
  assertEquals(compared.length, 12);
});

Deno.test("PasswordCheck.check() compares one login at a time, and the same login once", async () => {
  const { check, compared, letGo } = setUp(false);
  const verdicts: Verdict[] = [];
  for (const password of ["a", "right", "a"]) {
    void Promise.resolve(check("ann", password)).then((verdict) => verdicts.push(verdict));
  }
  await settle();
  assertEquals(compared.length, 1);
  await letGo();
  await settle();
  assertEquals([verdicts, compared.length], [["wrong", "wrong"], 2]);
  await letGo();
  await settle();
  assertEquals(verdicts, ["wrong", "wrong", "right"]);
});

Deno.test("PasswordCheck.check() lets 16 logins wait at most", async () => {
  const { check, letGo } = setUp(false);
  const waiting: (Verdict | Promise<Verdict>)[] = [];
  for (let index = 0; index < 16; index++) {
    waiting.push(check("ann", `${index}`, `192.0.2.${index}`));
  }
  assertEquals(check("ann", "right", "198.51.100.1"), { waitMs: 1_000 });
  for (let index = 0; index < 16; index++) {
    await letGo();
    await settle();
  }
  assertEquals(await Promise.all(waiting), Array(16).fill("wrong"));
  const last = check("ann", "right", "198.51.100.1");
  await settle();
  await letGo();
  assertEquals(await last, "right");
});

Deno.test("PasswordCheck.check() forgets the oldest of 1,000 refused logins", async () => {
  const { check, compared } = setUp();
  for (let index = 0; index < 1_001; index++) {
    await check("ann", `${index}`, `10.0.${index >> 8}.${index & 255}`);
  }
  assertEquals(check("ann", "1"), "wrong");
  assertEquals(compared.length, 1_001);
  await check("ann", "0", "198.51.100.1");
  assertEquals(compared.length, 1_002);
});

Deno.test("PasswordCheck.check() goes on after a comparison that failed", async () => {
  let fails = true;
  const users = [{ name: "ann", hash: hashOf("right") }];
  const check = new PasswordCheck(users, {
    compare: (password, hash) =>
      fails ? Promise.reject(new TypeError("no bcrypt")) : Promise.resolve(hash.endsWith(password)),
  });
  const failed = async () => await check.check(basic("ann", "right"), ADDRESS);
  await assertRejects(failed, TypeError, "no bcrypt");
  fails = false;
  assertEquals(await check.check(basic("ann", "right"), ADDRESS), "right");
});

Deno.test("PasswordCheck.check() compares by bcryptjs by default", async () => {
  const hash = new Secret("$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW");
  const check = new PasswordCheck([{ name: "ann", hash }]);
  assertEquals(await check.check(basic("ann", "secret"), ADDRESS), "right");
  assertEquals(await check.check(basic("ann", "Secret"), ADDRESS), "wrong");
});
