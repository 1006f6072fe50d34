import { assert, assertEquals } from "@std/assert";
import { Secret } from "../../src/secret/secret.ts";
import { createApi, type Credentials } from "../../src/tailscale/mod.ts";

/** The real API is asked only on request: `INTEGRATION_TEST=true` and credentials. */
const isWanted = Deno.env.get("INTEGRATION_TEST") === "true";

/** The variables of the program itself. */
function credentials(): Credentials {
  const clientId = Deno.env.get("OAUTH_CLIENT_ID") ?? "";
  const clientSecret = Deno.env.get("OAUTH_CLIENT_SECRET") ?? "";
  if (clientSecret !== "") {
    return { kind: "oauth", clientId, clientSecret: new Secret(clientSecret) };
  }
  const token = Deno.env.get("OAUTH_TOKEN") ?? "";
  assert(token !== "", "Set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, or OAUTH_TOKEN");
  return { kind: "token", token: new Secret(token) };
}

Deno.test({
  name: "listDevices() lists the devices of a real tailnet",
  ignore: !isWanted,
  async fn() {
    const api = createApi({
      baseUrl: new URL(Deno.env.get("TAILSCALE_API_URL") ?? "https://api.tailscale.com/api/v2"),
      tailnet: Deno.env.get("TAILNET_NAME") ?? "-",
      credentials: credentials(),
    });
    const { devices, rejected } = await api.listDevices();
    assertEquals(rejected, []);
    assert(devices.length > 0, "The tailnet has no devices");
    for (const { id, name } of devices) assert(/^\d+$/.test(id) && name !== "", `${id} ${name}`);
    assertEquals(new Set(devices.map(({ id }) => id)).size, devices.length);
  },
});
