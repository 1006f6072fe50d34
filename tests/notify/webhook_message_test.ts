import { assert, assertEquals } from "@std/assert";
import {
  renderMessage,
  WEBHOOK_FORMATS,
  type WebhookFormat,
} from "../../src/notify/webhook_message.ts";
import { makeAlert, NOON_MS } from "./_alert.ts";

const FIRING = makeAlert();
const CRITICAL = makeAlert({
  rule: "critical_node_offline",
  severity: "critical",
  summary: "git is <offline> & @here",
});
const RESOLVED = makeAlert({ state: "resolved", resolvedMs: NOON_MS + 5_000 });
const TEXT = `🟠 Warning: web-1 is offline (node_offline)
🔴 Critical: git is <offline> & @here (critical_node_offline)
✅ Resolved: web-1 is offline (node_offline)`;

/** URL and body of a message about the three. */
function rendered(format: WebhookFormat, url: string): readonly [string, unknown] {
  const request = renderMessage(format, url, [FIRING, CRITICAL, RESOLVED]);
  return [request.url, JSON.parse(request.body)];
}

Deno.test("renderMessage() writes what each service takes", () => {
  assertEquals(rendered("slack", "https://hooks.slack.com/services/T/B/x"), [
    "https://hooks.slack.com/services/T/B/x",
    { text: TEXT.replace("<offline> &", "&lt;offline&gt; &amp;") },
  ]);
  assertEquals(rendered("discord", "https://discord.com/api/webhooks/1/x"), [
    "https://discord.com/api/webhooks/1/x",
    { content: TEXT, allowed_mentions: { parse: [] } },
  ]);
  assertEquals(rendered("ntfy", "https://ntfy.sh/my%20topic"), [
    "https://ntfy.sh/",
    { topic: "my topic", title: "2 firing, 1 resolved", message: TEXT, priority: 5 },
  ]);
  assertEquals(rendered("telegram", "https://api.telegram.org/bot1:x/sendMessage?chat_id=-7"), [
    "https://api.telegram.org/bot1:x/sendMessage",
    { chat_id: "-7", text: TEXT, disable_web_page_preview: true },
  ]);
});

Deno.test("renderMessage() takes a topic of ntfy that is no percent-encoding as it is", () => {
  for (const topic of ["100%", "a%zzb", "%ff"]) {
    const { body, url } = renderMessage("ntfy", `https://ntfy.sh/${topic}`, [FIRING]);
    assertEquals([url, JSON.parse(body).topic], ["https://ntfy.sh/", topic]);
  }
});

Deno.test("renderMessage() writes all of an alert as JSON", () => {
  const { body } = renderMessage("json", "https://example.com/", [RESOLVED]);
  assertEquals(JSON.parse(body), {
    version: 1,
    alerts: [{
      id: "node_offline example.com/1",
      rule: "node_offline",
      severity: "warning",
      state: "resolved",
      node: "web-1.example.com",
      summary: "web-1 is offline",
      advice:
        "Check that the machine runs and that tailscaled is up: run `tailscale status` on it.",
      labels: { device_id: "1", device_name: "web-1.example.com" },
      since: "2026-02-01T11:58:00.000Z",
      fired: "2026-02-01T12:00:00.000Z",
      resolved: "2026-02-01T12:00:05.000Z",
    }],
  });
});

Deno.test("renderMessage() is bounded, however many alerts there are", () => {
  const many = Array.from({ length: 5_000 }, () => FIRING);
  for (const format of WEBHOOK_FORMATS.filter((one) => one !== "json")) {
    const { body } = renderMessage(format, "https://example.com/x", many);
    assert(body.length < 4_000, format);
    assert(body.includes("… and 4980 more"), format);
  }
  const long = makeAlert({ summary: "x".repeat(5_000) });
  assert(renderMessage("discord", "https://example.com/x", [long]).body.length < 2_000);
  for (const start of ["", "x"]) {
    const faces = makeAlert({ summary: start + "🙂".repeat(1_000) });
    const { body } = renderMessage("discord", "https://example.com/x", [faces]);
    assert(JSON.parse(body).content.isWellFormed());
  }
});
