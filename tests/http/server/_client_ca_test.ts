import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../src/errors.ts";
import { checkClientCa, splitPem } from "../../../src/http/server/_client_ca.ts";
import { serve } from "../../../src/http/server/server.ts";
import { Secret } from "../../../src/secret/secret.ts";
import { fixtureText } from "../../_support/fixture.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
const CA = fixtureText("tls/client/ca.pem");
const NONE = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
const WANT = "want the certificates of the authorities that sign those of the clients.";

Deno.test("splitPem() gives one text for each certificate", () => {
  assertEquals(splitPem(`${CA}${NONE}`), [CA, NONE]);
});

Deno.test("checkClientCa() takes authorities", () => {
  checkClientCa(CA);
  checkClientCa(`${CA}${fixtureText("tls/ca.pem")}`);
});

Deno.test("checkClientCa() refuses the certificate of a client, and what is none", () => {
  const pem = `${CA}${fixtureText("tls/client/cert.pem")}${NONE}`;
  const { faults } = assertThrows(() => checkClientCa(pem), ConfigError);
  assertEquals(
    faults.map((fault) => fault.replace(/\(BER.*?\)\)\)/, "(…)")),
    [
      `Cannot use TLS_CLIENT_CA_PEM: certificate 2 is not that of an authority (CA:FALSE); ${WANT}`,
      `Cannot use TLS_CLIENT_CA_PEM: certificate 3 cannot be read (…); ${WANT}`,
    ],
  );
});

Deno.test("serve() hands on whether a client has shown a certificate of the authority", async () => {
  const seen: (boolean | undefined)[] = [];
  const server = serve({
    ...LOOPBACK,
    handler(_request, { hasCertificate }) {
      seen.push(hasCertificate);
      return new Response("up 1\n");
    },
    certPem: fixtureText("tls/cert.pem"),
    keyPem: new Secret(fixtureText("tls/key.pem")),
    clientCaPem: fixtureText("tls/client/ca.pem"),
  });
  for (const [cert, key] of [["cert", "key"], ["other", "other_key"], []] as const) {
    using client = Deno.createHttpClient({
      caCerts: [fixtureText("tls/ca.pem")],
      ...cert && {
        cert: fixtureText(`tls/client/${cert}.pem`),
        key: fixtureText(`tls/client/${key}.pem`),
      },
    });
    const response = await fetch(`https://127.0.0.1:${server.address.port}/`, { client });
    assertEquals(await response.text(), "up 1\n");
  }
  assertEquals(seen, [true, false, false]);
  await server.shutdown();
});

Deno.test("serve() refuses an authority of client certificates that is none", () => {
  const tls = {
    certPem: fixtureText("tls/cert.pem"),
    keyPem: new Secret(fixtureText("tls/key.pem")),
    clientCaPem: fixtureText("tls/client/cert.pem"),
  };
  assertThrows(
    () => serve({ ...LOOPBACK, ...tls, handler: () => new Response() }),
    ConfigError,
    "Cannot use TLS_CLIENT_CA_PEM",
  );
});
