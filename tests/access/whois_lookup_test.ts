import { assertEquals } from "@std/assert";
import { AddressBook } from "../../src/access/address_book.ts";
import { WhoisLookup, type WhoisLookupOptions } from "../../src/access/whois_lookup.ts";
import { decodeWhois, type Whois } from "../../src/tailscale/local/whois.ts";
import { fixtureText } from "../_support/fixture.ts";
import { FakeClock } from "../_support/fake_clock.ts";

const USER = decodeWhois(fixtureText("localapi/whois-user.json"));
const TAGGED = decodeWhois(fixtureText("localapi/whois-tagged.json"));

function makeLookup(options: Partial<WhoisLookupOptions> = {}) {
  // After the nodes of the answers joined.
  const clock = new FakeClock(Date.UTC(2027, 0, 1));
  const book = new AddressBook();
  const asked: string[] = [];
  const outcomes: string[] = [];
  const answers = new Map<string, Whois | Error>();
  const lookup = new WhoisLookup({
    whois(address) {
      asked.push(address);
      const answer = answers.get(address);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    book,
    now: clock.now,
    elapsed: clock.elapsed,
    onOutcome: (outcome) => outcomes.push(outcome),
    ...options,
  });
  return { clock, book, asked, outcomes, answers, lookup };
}

Deno.test("WhoisLookup.prepare() asks once, and again when the answer is old", async () => {
  const { answers, asked, book, clock, lookup, outcomes } = makeLookup();
  answers.set("100.64.0.1", USER);
  const first = lookup.prepare("100.64.0.1");
  assertEquals(first === lookup.prepare("100.64.0.1"), true);
  await first;
  assertEquals(book.find("100.64.0.1", clock.now()), {
    userClass: "own",
    user: USER.user?.loginName,
    device: USER.name,
  });
  await clock.advance(5 * 60_000 - 1);
  assertEquals([lookup.prepare("100.64.0.1"), asked.length], [undefined, 1]);
  await clock.advance(1);
  // Of this one it is not known when it joined.
  answers.set("100.64.0.1", { ...TAGGED, createdSeconds: undefined });
  const beforeMs = clock.now() - 1;
  await lookup.prepare("100.64.0.1");
  // The address has changed hands: a line of before keeps the old name.
  assertEquals(book.find("100.64.0.1", beforeMs)?.userClass, "own");
  assertEquals(book.find("100.64.0.1", clock.now()), {
    userClass: "tagged",
    user: undefined,
    device: TAGGED.name,
  });
  assertEquals(outcomes, ["found", "found"]);
});

Deno.test("WhoisLookup.prepare() asks for an unknown address again after a minute", async () => {
  const { asked, book, clock, lookup, outcomes } = makeLookup();
  await lookup.prepare("100.64.0.9");
  assertEquals(book.find("100.64.0.9", clock.now()), undefined);
  await clock.advance(59_999);
  assertEquals(lookup.prepare("100.64.0.9"), undefined);
  await clock.advance(1);
  await lookup.prepare("100.64.0.9");
  assertEquals([asked.length, outcomes], [2, ["unknown", "unknown"]]);
});

Deno.test("WhoisLookup.prepare() leaves tailscaled alone for a while after a failure", async () => {
  const { answers, asked, clock, lookup, outcomes } = makeLookup();
  answers.set("100.64.0.1", new Error("tailscaled is down"));
  await lookup.prepare("100.64.0.1");
  assertEquals(lookup.prepare("100.64.0.2"), undefined);
  await clock.advance(5_000);
  await lookup.prepare("100.64.0.2");
  assertEquals([asked, outcomes], [["100.64.0.1", "100.64.0.2"], ["failed", "unknown"]]);
});

Deno.test("WhoisLookup takes a node of another domain for shared", async () => {
  const { answers, book, clock, lookup } = makeLookup({ ownDomain: () => "other.ts.net" });
  answers.set("100.64.0.1", USER);
  await lookup.prepare("100.64.0.1");
  assertEquals(book.find("100.64.0.1", clock.now())?.userClass, "shared");
});

Deno.test("WhoisLookup bounds what a flood of addresses can cause", async () => {
  const answers: PromiseWithResolvers<undefined>[] = [];
  const { clock, lookup } = makeLookup({
    whois() {
      const answer = Promise.withResolvers<undefined>();
      answers.push(answer);
      return answer.promise;
    },
  });
  const prepared = Array.from({ length: 250 }, (_, at) => lookup.prepare(`100.64.1.${at}`));
  // As many as are accepted within a second; the others wait for the answers of the first.
  assertEquals(prepared.filter((one) => one !== undefined).length, 200);
  assertEquals(answers.length, 32);
  for (let at = 0; at < 10; at++) answers[at]?.resolve(undefined);
  await Promise.all(prepared.slice(0, 10));
  assertEquals(answers.length, 42);
  // Once one has failed, those that wait are not made.
  answers[10]?.reject(new Error("down"));
  await prepared[10];
  for (const answer of answers) answer.resolve(undefined);
  await Promise.all(prepared);
  assertEquals(answers.length, 42);
  const quick = makeLookup({ maxKept: 10 });
  const from = (first: number, count: number) =>
    Array.from({ length: count }, (_, at) => quick.lookup.prepare(`100.64.2.${first + at}`));
  for (let at = 0; at < 250; at += 25) await Promise.all(from(at, 25));
  assertEquals(quick.asked.length, 200);
  await quick.clock.advance(1_000);
  await Promise.all(from(0, 1));
  assertEquals(quick.asked.length, 201);
  assertEquals(clock.elapsed() > 0, true);
});

Deno.test("WhoisLookup forgets the oldest address, but not one that is held", async () => {
  const { answers, book, clock, lookup } = makeLookup({
    maxKept: 1,
    isHeld: (address) => address === "100.64.0.2",
  });
  for (const address of ["100.64.0.1", "100.64.0.2", "100.64.0.3"]) {
    answers.set(address, USER);
    await lookup.prepare(address);
  }
  const known = ["100.64.0.1", "100.64.0.2", "100.64.0.3"]
    .map((address) => book.find(address, clock.now()) !== undefined);
  assertEquals(known, [false, true, true]);
});

Deno.test("WhoisLookup gives no node what was requested from its address before it joined", async () => {
  const { answers, book, clock, lookup } = makeLookup();
  const joinedMs = clock.now() - 60_000;
  answers.set("100.64.0.1", { ...USER, createdSeconds: joinedMs / 1000 });
  await lookup.prepare("100.64.0.1");
  const device = (atMs: number) => book.find("100.64.0.1", atMs)?.device;
  assertEquals([device(joinedMs - 1), device(joinedMs)], [undefined, USER.name]);
  // The next one joined while the answer counted.
  await clock.advance(5 * 60_000);
  const nextMs = clock.now() - 120_000;
  answers.set("100.64.0.1", { ...TAGGED, createdSeconds: nextMs / 1000 });
  await lookup.prepare("100.64.0.1");
  assertEquals([device(nextMs - 1), device(nextMs)], [USER.name, TAGGED.name]);
});
