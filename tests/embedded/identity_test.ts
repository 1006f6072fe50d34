import { assertEquals } from "@std/assert";
import {
  describeNode,
  formatIdentity,
  givenIdentity,
  hasLogin,
  storedIdentity,
} from "../../src/embedded/identity.ts";
import { openStore } from "../../src/store.ts";

const NODE = { hostname: "tsmetrics", controlUrl: "" };

Deno.test("storedIdentity() gives the next process what this one kept", () => {
  const store = openStore();
  const first = storedIdentity(store, NODE);
  assertEquals(first.load(), {});
  first.save("_machinekey", "YQ==");
  first.save("profile", "Yg==");
  first.save("profile", null);
  assertEquals(first.load(), { _machinekey: "YQ==" });
  assertEquals(storedIdentity(store, NODE).load(), { _machinekey: "YQ==" });
});

Deno.test("storedIdentity() forgets an identity for good", () => {
  const store = openStore();
  const identity = storedIdentity(store, NODE);
  identity.save("_machinekey", "YQ==");
  identity.clear();
  assertEquals([identity.load(), storedIdentity(store, NODE).load()], [{}, {}]);
});

Deno.test("storedIdentity() keeps those of other names and control planes apart", () => {
  const store = openStore();
  storedIdentity(store, NODE).save("a", "YQ==");
  assertEquals(storedIdentity(store, { ...NODE, hostname: "other" }).load(), {});
  assertEquals(storedIdentity(store, { ...NODE, controlUrl: "https://hs.example" }).load(), {});
});

/** A profile as Tailscale's code writes it, as far as we read it. */
function profile(nodeKey: string, hostname = "a"): string {
  return btoa(JSON.stringify({ Config: { PrivateNodeKey: nodeKey }, Hostname: hostname }));
}

Deno.test("givenIdentity() starts with what it is given, and changes in memory", () => {
  const given = { _machinekey: "YQ==", "profile-1": "Yg==" };
  const identity = givenIdentity(given, () => {});
  assertEquals(identity.load(), given);
  identity.save("profile-1", null);
  identity.save("profile-2", "Yw==");
  assertEquals(identity.load(), { _machinekey: "YQ==", "profile-2": "Yw==" });
  identity.clear();
  assertEquals(identity.load(), {});
});

Deno.test("givenIdentity() tells of each new node key, once", () => {
  const [zero, first, second] = ["00", "0a", "0b"].map((key) => `privkey:${key}`) as [
    string,
    string,
    string,
  ];
  let count = 0;
  const { save } = givenIdentity(
    { _machinekey: "YQ==", "profile-1": profile(first) },
    () => count++,
  );
  save("profile-1", profile(first, "b"));
  save("profile-1", profile(zero));
  save("profile-1", null);
  save("_machinekey", profile(second));
  for (const odd of ["", "no base64!", btoa("no JSON"), btoa("null"), btoa('{"Config":1}')]) {
    save("profile-1", odd);
  }
  assertEquals(count, 0);
  save("profile-1", profile(second));
  save("profile-1", profile(second, "b"));
  save("profile-2", profile(first));
  assertEquals(count, 1);
  save("profile-2", profile("privkey:0c"));
  assertEquals(count, 2);
});

Deno.test("storedIdentity() takes what it cannot read for none", () => {
  const store = openStore();
  store.set("tsnet tsmetrics ", "no identity");
  assertEquals(storedIdentity(store, NODE).load(), {});
});

Deno.test("storedIdentity() reads what formatIdentity() wrote, and nothing else", () => {
  const read = (text: string) => {
    const store = openStore();
    store.set("tsnet tsmetrics ", text);
    return storedIdentity(store, NODE).load();
  };
  const values = { _machinekey: "YQ==", "grüß": "" };
  assertEquals(read(formatIdentity(values)), values);
  for (const text of ["", "x", btoa("[]"), btoa('["a"]'), btoa('{"a":1}'), btoa("null")]) {
    assertEquals(read(text), {}, text);
  }
});

Deno.test("hasLogin() wants the machine's key and a login", () => {
  assertEquals(hasLogin({ _machinekey: "YQ==" }), false);
  assertEquals(hasLogin({ _machinekey: "YQ==", "profile-1": "" }), false);
  assertEquals(hasLogin({ "profile-1": "Yg==" }), false);
  assertEquals(hasLogin({ _machinekey: "YQ==", "profile-1": "Yg==" }), true);
});

Deno.test("describeNode() names the control plane", () => {
  assertEquals(describeNode(NODE), "tsmetrics at Tailscale");
  const own = { hostname: "own", controlUrl: "https://hs.example" };
  assertEquals(describeNode(own), "own at https://hs.example");
});
