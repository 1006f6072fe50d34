import { assertEquals } from "@std/assert";
import {
  formatIdentity,
  hasLogin,
  keepIdentity,
  parseIdentity,
} from "../../src/embedded/identity.ts";
import { openStore } from "../../src/store.ts";

const NODE = { hostname: "tsmetrics", controlUrl: "" };

Deno.test("keepIdentity() gives the next process what this one kept", () => {
  const store = openStore();
  const first = keepIdentity(store, NODE);
  assertEquals(first.load(), {});
  first.save("_machinekey", "YQ==");
  first.save("profile", "Yg==");
  first.save("profile", null);
  assertEquals(first.load(), { _machinekey: "YQ==" });
  assertEquals(keepIdentity(store, NODE).load(), { _machinekey: "YQ==" });
});

Deno.test("keepIdentity() forgets an identity for good", () => {
  const store = openStore();
  const identity = keepIdentity(store, NODE);
  identity.save("_machinekey", "YQ==");
  identity.clear();
  assertEquals([identity.load(), keepIdentity(store, NODE).load()], [{}, {}]);
});

Deno.test("keepIdentity() keeps those of other names and control planes apart", () => {
  const store = openStore();
  keepIdentity(store, NODE).save("a", "YQ==");
  assertEquals(keepIdentity(store, { ...NODE, hostname: "other" }).load(), {});
  assertEquals(keepIdentity(store, { ...NODE, controlUrl: "https://hs.example" }).load(), {});
});

Deno.test("keepIdentity() starts with what it is given", () => {
  const store = openStore();
  keepIdentity(store, NODE).save("a", "YQ==");
  assertEquals(keepIdentity(store, { ...NODE, given: { b: "Yg==" } }).load(), { b: "Yg==" });
});

Deno.test("keepIdentity() takes what it cannot read for none", () => {
  const store = openStore();
  store.set("tsnet tsmetrics ", "no identity");
  assertEquals(keepIdentity(store, NODE).load(), {});
});

Deno.test("parseIdentity() reads what formatIdentity() wrote, and nothing else", () => {
  const values = { _machinekey: "YQ==", "profile-1": "Yg==", "grüß": "" };
  assertEquals(parseIdentity(formatIdentity(values)), values);
  assertEquals(/^[\w+/=]+$/.test(formatIdentity(values)), true);
  for (const text of ["", "x", "e30=", btoa("[]"), btoa('["a"]'), btoa('{"a":1}'), btoa("null")]) {
    assertEquals(parseIdentity(text), undefined, text);
  }
  const odd = btoa('{"_machinekey":"YQ==","profile-1":1}');
  assertEquals(parseIdentity(odd), undefined);
});

/** Values by which no node can join again. */
const USELESS: readonly Readonly<Record<string, string>>[] = [
  {},
  { a: "b" },
  { _machinekey: "YQ==" },
  { _machinekey: "YQ==", _profiles: "e30=", "_current-profile": "cHJvZmlsZS0x" },
  { _machinekey: "YQ==", "profile-1": "" },
  { _machinekey: "", "profile-1": "Yg==" },
  { "profile-1": "Yg==" },
];

Deno.test("hasLogin() wants the machine's key and a login, and so does parseIdentity()", () => {
  for (const values of USELESS) {
    assertEquals(hasLogin(values), false, JSON.stringify(values));
    assertEquals(parseIdentity(formatIdentity(values)), undefined, JSON.stringify(values));
  }
  assertEquals(hasLogin({ _machinekey: "YQ==", "profile-1": "Yg==" }), true);
});
