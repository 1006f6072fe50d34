import { assertEquals, assertMatch } from "@std/assert";
import { formatBackup, mismatchOf, parseBackup } from "../../src/embedded/backup.ts";
import { formatIdentity } from "../../src/embedded/identity.ts";

const VALUES = { _machinekey: "YQ==", "profile-1": "Yg==", "grüß": "" };
const NODE = { hostname: "own", controlUrl: "https://hs.example" };

Deno.test("parseBackup() reads what formatBackup() wrote", () => {
  const line = formatBackup(VALUES, NODE);
  assertMatch(line, /^[\w+/=]+$/);
  assertEquals(parseBackup(line), { values: VALUES, node: NODE });
  const atTailscale = { hostname: "tsmetrics", controlUrl: "" };
  assertEquals(parseBackup(formatBackup(VALUES, atTailscale))?.node, atTailscale);
});

Deno.test("parseBackup() reads values alone, which do not say whose they are", () => {
  const named = { ...VALUES, hostname: "YQ==", identity: "Yg==" };
  for (const values of [VALUES, named]) {
    assertEquals(parseBackup(formatIdentity(values)), { values, node: undefined });
  }
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

Deno.test("parseBackup() refuses what no node can join again with, and all other texts", () => {
  for (const values of USELESS) {
    assertEquals(parseBackup(formatIdentity(values)), undefined, JSON.stringify(values));
    assertEquals(parseBackup(formatBackup(values, NODE)), undefined, JSON.stringify(values));
  }
  const odd: readonly unknown[] = [
    ...[[], ["a"], { a: 1 }, null, "a", 1],
    { _machinekey: "YQ==", "profile-1": 1 },
    { hostname: "own", control_url: "", identity: { ...VALUES, "profile-1": 1 } },
    { hostname: "own", control_url: "", identity: [VALUES] },
    { hostname: "own", control_url: "", identity: null },
    { hostname: 1, control_url: "", identity: VALUES },
    { hostname: "own", control_url: null, identity: VALUES },
    { identity: VALUES },
  ];
  const texts = odd.map((json) => new TextEncoder().encode(JSON.stringify(json)).toBase64());
  for (const text of ["", "x", "e30", btoa("no JSON"), ...texts]) {
    assertEquals(parseBackup(text), undefined, text);
  }
});

Deno.test("mismatchOf() says how to set the node of a line", () => {
  const cases = [
    [NODE, undefined],
    [{ ...NODE, hostname: "other" }, [false, "set TSNET_HOSTNAME=own"]],
    [{ ...NODE, controlUrl: "" }, [true, "set TSNET_CONTROL_URL=https://hs.example"]],
    [
      { hostname: "other", controlUrl: "http://10.0.0.1:8080" },
      [true, "set TSNET_HOSTNAME=own and set TSNET_CONTROL_URL=https://hs.example"],
    ],
  ] as const;
  for (const [wanted, expected] of cases) {
    const mismatch = mismatchOf(NODE, wanted);
    assertEquals(
      mismatch && [mismatch.isOfAnotherPlane, mismatch.advice],
      expected && [...expected],
    );
    if (mismatch !== undefined) assertEquals(mismatch.title, "own at https://hs.example");
  }
  assertEquals(mismatchOf(undefined, NODE), undefined, "a line that does not say");
});

Deno.test("mismatchOf() takes each address of Tailscale's control plane for the same", () => {
  const line = { hostname: "own", controlUrl: "" };
  for (const name of ["controlplane", "login"]) {
    const other = { ...line, controlUrl: `https://${name}.tailscale.com` };
    assertEquals([mismatchOf(line, other), mismatchOf(other, line)], [undefined, undefined]);
  }
  assertEquals(mismatchOf(line, NODE), {
    title: "own at Tailscale",
    isOfAnotherPlane: true,
    advice: "unset TSNET_CONTROL_URL and HEADSCALE_URL",
  });
});
