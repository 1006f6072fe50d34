import { assertEquals } from "@std/assert";
import { createApiClient, withdrawProxies } from "../../src/source/api_client.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { OrderedRuntime, PROXIES } from "./_ordered_runtime.ts";

Deno.test("createApiClient() adds the certificates that are given, and no others", () => {
  const runtime = new OrderedRuntime();
  const pem = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";
  for (const caPem of [undefined, pem]) createApiClient(caPem, runtime).close();
  assertEquals(runtime.options, [{}, { caCerts: [pem] }]);
});

Deno.test("withdrawProxies() takes out both spellings of each variable", () => {
  const runtime = new FakeRuntime();
  assertEquals(withdrawProxies(runtime), []);
  assertEquals(runtime.deleted, PROXIES);
});

Deno.test("withdrawProxies() gives what must not be shown of their logins", () => {
  const runtime = new FakeRuntime();
  Object.assign(runtime.variables, {
    HTTP_PROXY: "http://operator:p%40ss-word@127.0.0.1:3128",
    https_proxy: "http://127.0.0.1:3128",
    ALL_PROXY: "no url",
  });
  assertEquals(withdrawProxies(runtime).map((secret) => secret.reveal()), [
    "operator",
    "p@ss-word",
    btoa("operator:p@ss-word"),
  ]);
});

Deno.test("withdrawProxies() reads a proxy without a scheme as one of HTTP", () => {
  for (const name of ["HTTP_PROXY", "https_proxy", "ALL_PROXY"]) {
    for (const value of ["bob:S3cret@127.0.0.1:3128", "  http://bob:S3cret@127.0.0.1:3128 "]) {
      const runtime = new FakeRuntime();
      runtime.variables[name] = value;
      const hidden = withdrawProxies(runtime).map((secret) => secret.reveal());
      assertEquals(hidden, ["S3cret", btoa("bob:S3cret")], `${name}=${value}`);
    }
  }
});

Deno.test("withdrawProxies() finds no login in hosts alone", () => {
  const runtime = new FakeRuntime();
  Object.assign(runtime.variables, {
    HTTP_PROXY: "127.0.0.1:3128",
    https_proxy: "proxy",
    NO_PROXY: "localhost,10.0.0.0/8",
    ALL_PROXY: "",
  });
  assertEquals(withdrawProxies(runtime), []);
});
