import { assert, assertEquals } from "@std/assert";
import { Lab, type ListedNode } from "./_lab.ts";
import type { Settings } from "./_program.ts";
import { assertRefused, type Refusal, startOne } from "./_refused.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up();
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** What the page must say of a node that is listed so. */
function describe({ id, givenName, user, createdAt }: ListedNode): unknown {
  const common = { device_id: id, device_name: givenName };
  const owner = user.email === "" ? user.name : user.email;
  return {
    tailscale_device_info: [{ ...common, online: "true", os: "", version: "" }, 1],
    tailscale_device_user: [{ ...common, user_email: owner }, 1],
    tailscale_device_online: [common, 1],
    tailscale_device_created_timestamp: [common, Math.floor(Date.parse(createdAt) / 1000)],
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

Deno.test("Program lists the devices as headscale does", async () => {
  const listed = await lab.nodes();
  assertEquals(listed.map(({ givenName }) => givenName), ["node-a", "node-b", "node-c"]);
  assertEquals(listed.map(({ user }) => user.email || user.name), [
    "tagged-devices",
    "alice@example.com",
    "tagged-devices",
  ]);
  const [program, samples] = await startOne(lab.apiSettings);
  await using _ = program;
  assertEquals(samples.sum("tailscale_device_count"), 3);
  assertEquals(samples.sum("tsmetrics_api_rejected_devices"), 0);
  for (const node of listed) {
    assertEquals(findDescription(samples, node.id), describe(node));
  }
  const targets = JSON.parse(await program.text("/sd/devices?port=9100")) as {
    readonly targets: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  }[];
  assertEquals(targets.map(({ targets }) => targets.join()), [
    `${lab.address("a")}:9100`,
    `${lab.address("b")}:9100`,
    `${lab.address("c")}:9100`,
  ]);
  assertEquals(targets[0]?.labels["__meta_tailscale_device_tag_exporter"], "1");
  assertEquals(targets[1]?.labels["__meta_tailscale_device_user"], "alice@example.com");
});

Deno.test("Program shows routes as headscale lists, approves and gives them to a router", async () => {
  const shared = "10.77.0.0/24";
  for (const node of ["b", "c"]) {
    await lab.run(["ts", node, "set", `--advertise-routes=${shared},0.0.0.0/0,::/0`]);
  }
  await until("headscale to list the routes", async () => {
    const listed = (await lab.nodes()).filter(({ availableRoutes }) =>
      availableRoutes.length === 3
    );
    return listed.length === 2;
  });
  for (const id of ["2", "3"]) {
    await lab.run(["hs", "nodes", "approve-routes", "-i", id, "-r", shared]);
  }
  const [program, samples] = await startOne(lab.apiSettings);
  await using _ = program;
  const routes = (name: string, id: string) =>
    samples.all(`tailscale_device_routes_${name}`, { device_id: id })
      .map(({ labels }) => labels["route"]).sort();
  assertEquals(routes("advertised", "2"), ["0.0.0.0/0", shared, "::/0"]);
  assertEquals([routes("enabled", "2"), routes("enabled", "3")], [[shared], [shared]]);
  // One of the two serves the network.
  assertEquals([...routes("primary", "2"), ...routes("primary", "3")], [shared]);
  for (const [name, value] of [["exit_node", 0], ["exit_node_option", 1], ["subnet_router", 1]]) {
    assertEquals(samples.sum(`tailscale_device_${name}`, { device_id: "2" }), value);
  }
  assertEquals(samples.sum("tailscale_device_exit_node_option", { device_id: "1" }), 0);
});

Deno.test("Program says when its own key expires", async () => {
  const [program] = await startOne(lab.apiSettings);
  await using _ = program;
  const expiry = await until("the expiry of the key", async () => {
    return (await takeSamples(program)).sum("tsmetrics_api_token_expiry_timestamp_seconds");
  });
  // The lab makes it for 24 hours.
  const hours = (expiry - Date.now() / 1000) / 3600;
  assert(hours > 23 && hours <= 24, `${hours}`);
});

Deno.test("Program says when a node's key has expired", async () => {
  await lab.run(["hs", "nodes", "expire", "--identifier", "2"]);
  const [program, samples] = await startOne(lab.apiSettings);
  await using _ = program;
  const expiry = samples.sum("tailscale_device_machine_key_expiry", { device_id: "2" }) ?? 0;
  assert(expiry > 1e9 && expiry <= Date.now() / 1000, `${expiry}`);
  assertEquals(samples.all("tailscale_device_machine_key_expiry", { device_id: "1" }), []);
});

const WRONG_KEY =
  /Cannot list the nodes of headscale: 127\.0\.0\.1:\d+ answered 401 "Unauthorized"; HEADSCALE_API_KEY is wrong, deleted or expired/;

const REFUSALS: readonly (readonly [what: string, () => Refusal | Promise<Refusal>])[] = [
  ["a wrong key", () => {
    const key = lab.variable("API_KEY").replace(/.$/, (last) => last === "0" ? "1" : "0");
    return refusal({ HEADSCALE_API_KEY: key }, "unauthorized", WRONG_KEY);
  }],
  ["an expired key", async () => {
    const key = (await lab.run(["hs", "apikeys", "create"])).trim().split("\n").at(-1) ?? "";
    const [, prefix = ""] = /^hskey-api-(.{12})-/.exec(key) ?? [];
    await lab.run(["hs", "apikeys", "expire", "--prefix", prefix]);
    return refusal({ HEADSCALE_API_KEY: key }, "unauthorized", WRONG_KEY);
  }],
  ["an address that is not its own", () => {
    const url = `${lab.variable("API_URL")}/elsewhere`;
    const message =
      /answered 404 "404 page not found"; no headscale answers there: set HEADSCALE_URL to/;
    return refusal({ HEADSCALE_URL: url }, "not_found", message);
  }],
  ["Tailscale's API, which a release does not have", () => ({
    settings: {
      TAILSCALE_API_URL: `${lab.variable("API_URL")}/api/v2`,
      OAUTH_TOKEN: lab.variable("API_KEY"),
    },
    errorType: "not_found",
    request: { endpoint: "devices", code: "404" },
    message:
      /answered 404 "404 page not found"; the server has no Tailscale-compatible API there: .* set HEADSCALE_URL and HEADSCALE_API_KEY instead/,
    secret: "OAUTH_TOKEN",
  })],
];

function refusal(settings: Settings, errorType: string, message: RegExp): Refusal {
  const code = errorType === "unauthorized" ? "401" : "404";
  return {
    settings: { ...lab.apiSettings, ...settings },
    errorType,
    request: { endpoint: "devices", code },
    message,
    secret: "HEADSCALE_API_KEY",
  };
}

for (const [what, make] of REFUSALS) {
  Deno.test(`Program says what headscale has against ${what}`, async () => {
    await assertRefused(await make());
  });
}
