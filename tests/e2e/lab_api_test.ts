import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasApiHeadscale, Lab, type ListedDevice } from "./_lab.ts";
import { Program, runProgram, type Settings } from "./_program.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "./_until.ts";

/** Only the API is of interest here: no device has this tag. */
const NO_SCRAPING: Settings = { SCRAPE_TAG: "nobody", SCRAPE_INTERVAL: "1h" };

/** How long headscale's access tokens hold, by its own answer. */
const TOKEN_SECONDS = 3600;

const hasApi = hasApiHeadscale();
const noApi = hasApi ? "" : " (not run: no headscale with the API of Tailscale, see install.sh)";

let lab: Lab;

Deno.test.beforeAll(async () => {
  if (hasApi) lab = await Lab.up({ headscale: "main" });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** A program whose first cycle is over, and what its page says. */
async function startOne(settings: Settings): Promise<readonly [Program, Samples]> {
  const program = await Program.start({ ...lab.apiSettings, ...NO_SCRAPING, ...settings });
  const samples = await until("the first cycle", async () => {
    const samples = await takeSamples(program);
    return samples.sum("tsmetrics_api_up") !== undefined && samples;
  });
  return [program, samples];
}

/** What the page must say of a device that is listed so. */
function describe({ id, name, os, clientVersion, user, created }: ListedDevice): unknown {
  const common = { device_id: id, device_name: name };
  return {
    tailscale_device_info: [{ ...common, online: "true", os, version: clientVersion }, 1],
    tailscale_device_user: [{ ...common, user_email: user }, 1],
    tailscale_device_online: [common, 1],
    tailscale_device_created_timestamp: [common, Math.floor(Date.parse(created) / 1000)],
  };
}

/** What the page says of a device, in the same form. */
function findDescription(samples: Samples, id: string): unknown {
  const names = ["info", "user", "online", "created_timestamp"].map((n) => `tailscale_device_${n}`);
  return Object.fromEntries(names.map((name) => {
    const [sample, ...others] = samples.all(name, { device_id: id });
    assertEquals(others, []);
    return [name, [sample?.labels, sample?.value]];
  }));
}

Deno.test({
  name: `Program lists the devices as headscale does${noApi}`,
  ignore: !hasApi,
  async fn() {
    const listed = await lab.devices();
    assertEquals(listed.map(({ name }) => name).sort(), ["node-a", "node-b", "node-c"]);
    // This is how headscale says that a device is online.
    for (const { connectedToControl, lastSeen } of listed) {
      assertEquals([connectedToControl, lastSeen], [undefined, undefined]);
    }
    const [program, samples] = await startOne({});
    await using _ = program;
    assertEquals(samples.sum("tailscale_device_count"), 3);
    assertEquals(samples.sum("tsmetrics_api_rejected_devices"), 0);
    for (const device of listed) {
      assertEquals(findDescription(samples, device.id), describe(device));
    }
    const expiry = samples.sum("tsmetrics_api_token_expiry_timestamp_seconds") ?? 0;
    assert(expiry >= Math.floor(program.startedAtMs / 1000) + TOKEN_SECONDS, `${expiry}`);
    assert(expiry <= Date.now() / 1000 + TOKEN_SECONDS, `${expiry}`);
  },
});

Deno.test({
  name: `Program shows routes as headscale lists and approves them${noApi}`,
  ignore: !hasApi,
  async fn() {
    await lab.run(["ts", "b", "set", "--advertise-routes=10.77.0.0/24,0.0.0.0/0,::/0"]);
    await lab.run(["hs", "nodes", "approve-routes", "-i", "2", "-r", "10.77.0.0/24"]);
    await until("headscale to list the routes", async () => {
      const listed = (await lab.devices()).find(({ id }) => id === "2");
      return listed?.advertisedRoutes?.length === 3;
    });
    const [program, samples] = await startOne({});
    await using _ = program;
    const routes = (name: string) =>
      samples.all(name, { device_id: "2" }).map(({ labels }) => labels["route"]).sort();
    assertEquals(routes("tailscale_device_routes_advertised"), [
      "0.0.0.0/0",
      "10.77.0.0/24",
      "::/0",
    ]);
    assertEquals(routes("tailscale_device_routes_enabled"), ["10.77.0.0/24"]);
    for (const [name, value] of [["exit_node", 0], ["exit_node_option", 1], ["subnet_router", 1]]) {
      assertEquals(samples.sum(`tailscale_device_${name}`, { device_id: "2" }), value);
    }
    // Of the others headscale says nothing, and so do we.
    assertEquals(samples.all("tailscale_device_exit_node_option", { device_id: "1" }), []);
  },
});

interface Refusal {
  /** What is wrong. */
  readonly name: string;
  /** The settings that make it so. */
  readonly settings: () => Settings;
  /** What the failure is counted under. */
  readonly errorType: string;
  /** The request that fails. */
  readonly request: { readonly endpoint: string; readonly code: string };
  /** What `check` and the one line of the log say, headscale's own words among it. */
  readonly message: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: "a wrong secret",
    settings: () => ({
      OAUTH_CLIENT_SECRET: lab.variable("OAUTH_CLIENT_SECRET").replace(
        /.$/,
        (last) => last === "0" ? "1" : "0",
      ),
    }),
    errorType: "unauthorized",
    request: { endpoint: "oauth_token", code: "401" },
    message:
      /Cannot get an access token: 127\.0\.0\.1:\d+ answered 401 "invalid_client: .*"; check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET/,
  },
  {
    name: "a missing scope",
    settings: () => ({
      OAUTH_CLIENT_ID: lab.variable("NARROW_CLIENT_ID"),
      OAUTH_CLIENT_SECRET: lab.variable("NARROW_CLIENT_SECRET"),
    }),
    errorType: "forbidden",
    request: { endpoint: "devices", code: "403" },
    message:
      /answered 403 "token is missing the required scope devices:core:read"; give the credential the scope devices:core:read/,
  },
  {
    name: "an unknown tailnet",
    settings: () => ({ TAILNET_NAME: "nobody.example" }),
    errorType: "not_found",
    request: { endpoint: "devices", code: "404" },
    message:
      /Cannot list the devices of tailnet "nobody\.example": .* answered 404 "tailnet not found"; check TAILNET_NAME/,
  },
];

for (const { name, settings, errorType, request, message } of REFUSALS) {
  Deno.test({
    name: `Program says what headscale has against ${name}${noApi}`,
    ignore: !hasApi,
    async fn() {
      const wrong = settings();
      const check = await runProgram(["check"], { ...lab.apiSettings, ...wrong });
      assertEquals([check.code, check.stderr], [1, ""]);
      assertMatch(check.stdout, message);
      const [program, samples] = await startOne(wrong);
      await using _ = program;
      assertEquals(samples.sum("tsmetrics_api_up"), 0);
      const errors = { target: "api" };
      assertEquals(samples.sum("tsmetrics_scrape_errors_total", errors), 1);
      const label = { ...errors, error_type: errorType };
      assertEquals(samples.sum("tsmetrics_scrape_errors_total", label), 1);
      assertEquals(samples.sum("tsmetrics_api_requests_total", request), 1);
      assertEquals(samples.all("tailscale_device_count"), []);
      const lines = await program.untilLogged(/ (WARN|ERROR) /);
      assertEquals(lines.length, 1);
      assertMatch(lines[0] ?? "", message);
      assert(!program.log.text.includes(lab.variable("OAUTH_CLIENT_SECRET").slice(0, -1)));
    },
  });
}
