import { assertEquals } from "@std/assert";
import { certificatePem, privateKeyPem } from "../../src/config/pem.ts";

function block(label: string, body = "MAMCAQE="): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

const CERTIFICATE = block("CERTIFICATE");
const KEY = block("PRIVATE KEY");

Deno.test("certificatePem() takes blocks however their line ends are written", () => {
  const { parse } = certificatePem();
  const two = `${CERTIFICATE}${block("CERTIFICATE", "MAMC\nAQE=")}`;
  assertEquals(parse(CERTIFICATE), CERTIFICATE);
  assertEquals(parse(two), two);
  assertEquals(parse(two.replaceAll("\n", "\\n")), two);
  assertEquals(parse(two.replaceAll("\n", "\r\n")), two);
  assertEquals(parse(two.replaceAll("\n", "\\r\\n")), two);
  assertEquals(parse(`subject=CN = a\n${CERTIFICATE}`), CERTIFICATE);
});

const REFUSED_CERTIFICATES = [
  "",
  "/etc/ssl/cert.pem",
  "TUlJQg==",
  KEY,
  `${CERTIFICATE}${KEY}`,
  block("CERTIFICATE", "MAMCAQ"),
  block("CERTIFICATE", "junk"),
  block("CERTIFICATE", "MAMCAQ==E="),
  block("CERTIFICATE", "MAMCAQEA"),
  block("CERTIFICATE", "MIADAgEB"),
  block("CERTIFICATE", "BAMCAQE="),
  `${CERTIFICATE}${block("CERTIFICATE", "TUlJQg==")}`,
  "-----BEGIN CERTIFICATE-----\nMAMCAQE=",
  "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----",
  "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
  "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END PRIVATE KEY-----",
];
for (const text of REFUSED_CERTIFICATES) {
  Deno.test(`certificatePem() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(certificatePem().parse(text), undefined);
  });
}

Deno.test("certificatePem() never shows its text, which may be a key", () => {
  assertEquals(certificatePem().quote(KEY), `a value of ${KEY.length} characters`);
});

Deno.test("privateKeyPem() takes one key that needs no passphrase", () => {
  const { parse } = privateKeyPem();
  for (const label of ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]) {
    assertEquals(parse(block(label))?.reveal(), block(label));
    assertEquals(parse(block(label).replaceAll("\n", "\\n"))?.reveal(), block(label));
  }
  const parameters = block("EC PARAMETERS", "BggqhkjOPQMBBw==");
  const ec = block("EC PRIVATE KEY");
  assertEquals(parse(`${parameters}${ec}`)?.reveal(), ec);
  assertEquals(parse(`${parameters}${ec}`.replaceAll("\n", "\\n"))?.reveal(), ec);
  const refused = [
    "",
    CERTIFICATE,
    parameters,
    block("ENCRYPTED PRIVATE KEY"),
    block("PUBLIC KEY"),
    block("PRIVATE KEY", "TUlJQg=="),
    `${KEY}${KEY}`,
    `${CERTIFICATE}${KEY}`,
  ];
  assertEquals(refused.map((given) => parse(given)), Array(refused.length).fill(undefined));
});
