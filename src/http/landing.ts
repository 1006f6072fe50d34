/**
 * The page at `/`: what this is, how it is, where the rest is. Constants and escaped values, no
 * script, nothing fetched from anywhere; its style is allowed by its own hash.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { formatTime, formatUptime, healthCode } from "./health.ts";
import { htmlReply } from "./reply.ts";
import type { HealthReport } from "./view.ts";

const LINKS: readonly (readonly [path: string, text: string])[] = [
  ["/metrics", "Every device of the tailnet, for Prometheus"],
  ["/health", "How the exporter is, as JSON"],
  ["/debug", "Settings, runtime, and why a device has no metrics"],
  ["/livez", "Is it alive?"],
  ["/readyz", "Is the page worth a scrape?"],
  ["/startupz", "Has the first cycle ended?"],
];

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6775; --paper: #f6f7f9;
  --card: #fff; --line: #dfe3e8; --link: #0b62c4; --good: #1a7f4b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #9aa6b4; --paper: #12161b;
  --card: #1b2128; --line: #2d353f; --link: #7db4ff; --good: #5fd39a; --bad: #ff8f86; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 3rem 1.25rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.02em; }
h1 small { font-size: 1rem; font-weight: 400; color: var(--soft); letter-spacing: 0; }
p { margin: .25rem 0 1.5rem; color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem;
  margin: 0 0 1.5rem; }
dl div, ul { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
dl div { padding: .75rem 1rem; }
dt { font-size: .8rem; color: var(--soft); }
dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); }
ul { list-style: none; margin: 0; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .6rem 1rem; }
li + li { border-top: 1px solid var(--line); }
a { flex: 0 0 7rem; color: var(--link); font-family: ui-monospace, monospace; }
li span { color: var(--soft); }
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
  const { status, version, devicesDiscovered, devicesScraped, lastScrapeMs } = report;
  const tone = healthCode(report) === 200 ? "good" : "bad";
  const facts = [
    fact("Status", status, tone),
    fact("Devices", devicesDiscovered?.toLocaleString("en-US") ?? "unknown"),
    fact("Scraped", devicesScraped?.toLocaleString("en-US") ?? "unknown"),
    fact("Last scrape", lastScrapeMs === undefined ? "none yet" : formatTime(lastScrapeMs)),
    fact("Uptime", formatUptime(report.uptimeMs)),
  ];
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
<p>Prometheus exporter for a Tailscale tailnet${report.isDemo ? " (embedded demo)" : ""}</p>
<dl>
${facts.join("\n")}
</dl>
<ul>
${
    LINKS.map(([path, text]) => `<li><a href="${path}">${path}</a> <span>${text}</span></li>`).join(
      "\n",
    )
  }
</ul>
</main>
</body>
</html>
`;
}

function fact(name: string, value: string, tone = ""): string {
  const attribute = tone === "" ? "" : ` class="${tone}"`;
  return `<div><dt>${name}</dt><dd${attribute}>${escapeHtml(value)}</dd></div>`;
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
