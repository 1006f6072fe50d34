/**
 * The page for browsers: its shell, script and styles, from memory. The shell shows nothing of the
 * tailnet, so it needs no token: what it shows comes from the JSON API. Loaded with the first
 * request of a browser.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { SCRIPT, STYLES } from "../ui/asset.ts";
import { isUnchanged, makeEtag } from "./_etag.ts";
import { chooseEncoding } from "./encoding.ts";
import { htmlReply, Reply, textReply } from "./reply.ts";

/** Everything comes from this server; no script or style stands in the document. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">` +
  `<rect width="16" height="16" rx="4" fill="#2457d6"/>` +
  `<path d="M3 11h2V7H3zm4 0h2V4H7zm4 0h2V9h-2z" fill="#fff"/></svg>`;

/** A file of the page. */
interface Asset {
  readonly type: string;
  readonly text: string;
}

const ASSETS: Readonly<Record<string, Asset>> = {
  "page.js": { type: "text/javascript; charset=utf-8", text: SCRIPT },
  "page.css": { type: "text/css; charset=utf-8", text: STYLES },
  "icon.svg": { type: "image/svg+xml", text: ICON },
};

/** Changes with the files, so that browsers may keep them for ever. */
const VERSION = makeEtag(SCRIPT, STYLES, ICON).slice(1, 11);

/**
 * The document. Each file is asked for by its version, the icon too: browsers ask for that one
 * again with each view, and would use up their rate limit with it. Addresses are relative, so that
 * they hold behind any path prefix.
 */
const SHELL = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>tsmetrics</title>
<link rel="icon" href="ui/icon.svg?v=${VERSION}">
<link rel="stylesheet" href="ui/page.css?v=${VERSION}">
<script type="module" src="ui/page.js?v=${VERSION}"></script>
</head>
<body>
<div id="root"></div>
<noscript>
<p>This page needs JavaScript. Without it: <a href="metrics">/metrics</a>,
<a href="health">/health</a>, <a href="debug">/debug</a>,
<a href="sd/devices?port=9100">/sd/devices</a>,
<a href="api/v1/summary">/api/v1/summary</a>.</p>
</noscript>
</body>
</html>
`;

/** Answers with the document. */
export function answerShell(): Response {
  return htmlReply(200, SHELL, { "content-security-policy": POLICY, vary: "accept" });
}

/** Answers with a file of the page, by its path, "/ui/page.js". */
export function answerAsset(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  const name = pathname.slice(pathname.lastIndexOf("/") + 1);
  const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (asset === undefined) return textReply(404, "Not Found\n");
  const coding = chooseEncoding(request.headers.get("accept-encoding"));
  const etag = makeEtag(coding, asset.text);
  const headers = {
    etag,
    "content-type": asset.type,
    "cache-control": searchParams.get("v") === VERSION
      ? "public, max-age=31536000, immutable"
      : "public, no-cache",
    vary: "accept-encoding",
    ...coding === "gzip" && { "content-encoding": coding },
  };
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  return new Reply(bytesOf(name, asset, coding === "gzip"), 200, headers);
}

const made = new Map<string, Uint8Array<ArrayBuffer>>();

function bytesOf(name: string, { text }: Asset, isPacked: boolean): Uint8Array<ArrayBuffer> {
  const key = `${name} ${isPacked}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const plain = new TextEncoder().encode(text);
  const bytes = isPacked ? new Uint8Array(gzipSync(plain, { level: 9 })) : plain;
  made.set(key, bytes);
  return bytes;
}
