import { assertEquals, assertRejects } from "@std/assert";
import { createLoginApi } from "../../../src/tailscale/local/login.ts";
import { describeError } from "../../../src/errors.ts";
import { LocalApiError } from "../../../src/tailscale/local/error.ts";
import { type Answer, fakeTransport } from "./_fake_transport.ts";

const PREFS = {
  ControlURL: "https://hs.example",
  Hostname: "box",
  WantRunning: false,
  LoggedOut: true,
  RouteAll: true,
};

function rig(answer: Answer = () => new Response(null, { status: 204 })) {
  const transport = fakeTransport((request, signal) =>
    request.endpoint === "prefs" && request.method === undefined
      ? Response.json(PREFS)
      : answer(request, signal)
  );
  return { api: createLoginApi({ transport, timeoutMs: 2_000 }), transport };
}

Deno.test("LoginApi.self() asks for the node without its peers", async () => {
  const { api, transport } = rig(() => Response.json({ BackendState: "Running" }));
  assertEquals(await api.self(), { BackendState: "Running" });
  assertEquals(transport.sent[0]?.query, { peers: "false" });
});

Deno.test("LoginApi.prefs() reads what we look after", async () => {
  assertEquals(await rig().api.prefs(), {
    wantRunning: false,
    hostname: "box",
    controlUrl: "https://hs.example",
  });
});

const NONSENSE: readonly (readonly [text: string, status: string, prefs: string])[] = [
  ["<html>Log in</html>", "Unexpected token '<'", "Unexpected token '<'"],
  ["", "Unexpected end of JSON input", "Unexpected end of JSON input"],
  ["[]", 'wanted an object with "BackendState"', 'wanted an object with "WantRunning"'],
  ["null", 'wanted an object with "BackendState"', 'wanted an object with "WantRunning"'],
  [
    '{"BackendState":7,"WantRunning":"yes"}',
    'wanted an object with "BackendState"',
    'wanted an object with "WantRunning"',
  ],
];
for (const [text, status, prefs] of NONSENSE) {
  Deno.test(`LoginApi refuses ${text || "an empty answer"} of another program`, async () => {
    const transport = fakeTransport(() => new Response(text));
    const api = createLoginApi({ transport, timeoutMs: 2_000 });
    const told = await Promise.all([api.self, api.prefs].map((ask) => assertRejects(() => ask())));
    const advice = "; check that tailscaled runs and that LOCALAPI_SOCKET is its socket";
    const sent = "/run/ts.sock sent what no LocalAPI sends";
    assertEquals(told.map(describeError), [
      `Cannot read the status of tailscaled: ${sent}: ${status}${advice}`,
      `Cannot read the settings of tailscaled: ${sent}: ${prefs}${advice}`,
    ]);
  });
}

Deno.test("LoginApi.edit() changes what is told and nothing else", async () => {
  const { api, transport } = rig(() => Response.json(PREFS));
  await api.edit({ hostname: "a" });
  await api.edit({ wantRunning: true });
  await api.edit({});
  assertEquals(transport.sent.map(({ endpoint, method, body }) => [endpoint, method, body]), [
    ["prefs", "PATCH", '{"Hostname":"a","HostnameSet":true}'],
    ["prefs", "PATCH", '{"WantRunning":true,"WantRunningSet":true}'],
    ["prefs", "PATCH", "{}"],
  ]);
});

Deno.test("LoginApi.login() keeps the settings of the operator, and sends the key once", async () => {
  const { api, transport } = rig();
  await api.login({ authKey: "tskey-auth-x", controlUrl: "https://hs.other", hostname: "tsm" });
  assertEquals(transport.sent.map(({ endpoint, method }) => [endpoint, method]), [
    ["prefs", undefined],
    ["start", "POST"],
    ["login-interactive", "POST"],
  ]);
  assertEquals(JSON.parse(transport.sent[1]?.body ?? ""), {
    AuthKey: "tskey-auth-x",
    UpdatePrefs: {
      ControlURL: "https://hs.other",
      Hostname: "tsm",
      WantRunning: true,
      LoggedOut: false,
      RouteAll: true,
    },
  });
});

Deno.test("LoginApi.login() without a key asks for a URL", async () => {
  const { api, transport } = rig();
  await api.login({ authKey: undefined, controlUrl: "", hostname: "tsm" });
  assertEquals(JSON.parse(transport.sent[1]?.body ?? "").AuthKey, "");
});

Deno.test("LoginApi says which rights a login needs", async () => {
  const { api } = rig(() => new Response("access denied", { status: 403 }));
  const error = await assertRejects(
    () => api.login({ authKey: "tskey-auth-x", controlUrl: "", hostname: "tsm" }),
    LocalApiError,
  );
  assertEquals(
    error.message,
    'Cannot log tailscaled in: /run/ts.sock answered 403 "access denied"; it needs the rights of ' +
      "root or of the operator: run as root, or once `tailscale set --operator=USER`; a forward " +
      "has the rights of the user who runs it",
  );
});

Deno.test("LoginApi.close() closes the transport", () => {
  const { api, transport } = rig();
  api.close();
  assertEquals([transport.isClosed, api.place], [true, "/run/ts.sock"]);
});
