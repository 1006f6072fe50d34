/**
 * The page at `/`: what this is, how it is, where the rest is. Constants and escaped values, no
 * script, nothing fetched from anywhere; its style is allowed by its own hash.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { formatTime } from "../time/timestamp.ts";
import { formatUptime } from "./health.ts";
import { htmlReply } from "./reply.ts";
import type { HealthReport } from "./view.ts";

const LINKS: readonly (readonly [path: string, text: string])[] = [
  ["/metrics", "All that is known, for Prometheus"],
  ["/debug", "Settings, runtime, and why a device has no metrics"],
  ["/health", "Health of the exporter, as JSON"],
];

const TAILNET_LINKS: typeof LINKS = [
  ["/sd/devices", "The devices as targets of other exporters, for Prometheus"],
];

const PROBES: readonly string[] = ["/livez", "/readyz", "/startupz"];

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6775; --paper: #f6f7f9;
  --card: #fff; --line: #dfe3e8; --link: #0b62c4; --good: #1a7f4b; --fair: #8a5a00;
  --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #9aa6b4; --paper: #12161b;
  --card: #1b2128; --line: #2d353f; --link: #7db4ff; --good: #5fd39a; --fair: #f0b849;
  --bad: #ff8f86; } }
* { box-sizing: border-box; }
body { margin: 0; padding: clamp(1.5rem, 8vh, 5rem) 1.25rem 2rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.02em; line-height: 1.2; }
h1 small { font-size: 1rem; font-weight: 400; color: var(--soft); letter-spacing: 0;
  overflow-wrap: anywhere; }
p { margin: .35rem 0 1.75rem; color: var(--soft); }
.why { margin: 0 0 1rem; color: var(--ink); }
b { display: inline-block; padding: 0 .5rem; border: 1px solid var(--fair); border-radius: 1rem;
  color: var(--fair); font-size: .8rem; font-weight: 600; white-space: nowrap; }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem; margin: 0 0 1rem; }
dl div, ul { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
dl div { padding: .8rem 1rem; min-width: 0; }
dt { font-size: .8rem; color: var(--soft); }
dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.good { color: var(--good); } .fair { color: var(--fair); } .bad { color: var(--bad); }
ul { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0 1rem; padding: .7rem 1rem; }
li + li { border-top: 1px solid var(--line); }
a { color: var(--link); font: .95rem/1.6 ui-monospace, monospace; text-underline-offset: .2em; }
li span { color: var(--soft); } li span a { margin-right: 1rem; }
footer { margin: 1rem 1rem 0; font-size: .8rem; color: var(--soft); }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr 1fr; }
  li { grid-template-columns: 1fr; } }
`;

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; ` +
  `form-action 'none'; frame-ancestors 'none'`;

/** Answers `/`. */
export function answerLanding(report: HealthReport): Response {
  return htmlReply(200, landingHtml(report), { "content-security-policy": POLICY });
}

/** The whole document. */
export function landingHtml(report: HealthReport): string {
  const { reason, status, version, nowMs } = report;
  const facts = [
    fact("Status", status, TONES[status]),
    ...report.hasTailnet ? tailnetFacts(report) : [],
    ...report.tailscaled === undefined ? [] : hostFacts(report.tailscaled),
  ];
  const links = report.hasTailnet ? [...LINKS, ...TAILNET_LINKS] : LINKS;
  const rows = links.map(([path, text]) => `<li>${link(path)} <span>${text}</span></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tsmetrics</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>tsmetrics <small>${escapeHtml(version)}</small></h1>
<p>Prometheus exporter for a Tailscale tailnet${report.isDemo ? " <b>embedded demo</b>" : ""}</p>
<dl>
${facts.join("\n")}
</dl>${reason === undefined ? "" : `\n<p class="why">${escapeHtml(reason)}</p>`}
<ul>
${rows.join("\n")}
<li>Probes <span>${PROBES.map(link).join(" ")}</span></li>
</ul>
<footer>${formatTime(nowMs)}, up for ${formatUptime(report.uptimeMs)}</footer>
</main>
</body>
</html>
`;
}

function tailnetFacts(report: HealthReport): readonly string[] {
  const { nowMs, devicesDiscovered, devicesScraped, lastScrapeMs } = report;
  return [
    fact("Devices", count(devicesDiscovered)),
    fact("With metrics", count(devicesScraped)),
    fact(
      "Device list",
      lastScrapeMs === undefined ? "none yet" : `${formatUptime(nowMs - lastScrapeMs)} old`,
    ),
  ];
}

function hostFacts({ isUp, peers }: NonNullable<HealthReport["tailscaled"]>): readonly string[] {
  const [state, tone] = isUp === undefined
    ? ["unknown", ""]
    : isUp
    ? ["up", "good"]
    : ["down", "bad"];
  return [fact("tailscaled", state, tone), fact("Peers", count(peers))];
}

function count(number: number | undefined): string {
  return number?.toLocaleString("en-US") ?? "unknown";
}

/** How good a status is, as the name of a colour. */
const TONES: Readonly<Record<HealthReport["status"], string>> = {
  starting: "fair",
  healthy: "good",
  degraded: "fair",
  unhealthy: "bad",
};

function fact(name: string, value: string, tone = ""): string {
  const attribute = tone === "" ? "" : ` class="${tone}"`;
  return `<div><dt>${name}</dt><dd${attribute}>${escapeHtml(value)}</dd></div>`;
}

function link(path: string): string {
  return `<a href="${path}">${path}</a>`;
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
}
