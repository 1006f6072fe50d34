/**
 * The sign of a path: two ends and what lies between them. Each path has a shape of its own, so
 * that none depends on its colour.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import type { PathEntry } from "./host_model.ts";
import { formatShare, pathName, relayShare } from "./path.ts";

const ENDS = (
  <>
    <circle cx="3" cy="8" r="2.2" />
    <circle cx="21" cy="8" r="2.2" />
  </>
);

const SHAPES: Readonly<Record<string, ComponentChildren>> = {
  direct_v4: (
    <>
      {ENDS}
      <path d="M5 8h14" class="line" />
    </>
  ),
  direct_v6: (
    <>
      {ENDS}
      <path d="M5 6.6h14M5 9.4h14" class="line" />
    </>
  ),
  peer_relay: (
    <>
      {ENDS}
      <path d="M4.5 6.5 10 3.8m4 0 5.5 2.7" class="line" />
      <circle cx="12" cy="3.4" r="2.2" class="line" />
    </>
  ),
  derp: (
    <>
      {ENDS}
      <path d="M4.5 6.5 10 3.8m4 0 5.5 2.7" class="line" />
      <path d="M9.4 1h5.2v5.2H9.4z" />
    </>
  ),
  idle: (
    <>
      {ENDS}
      <path d="M8 8h1.5m2 0H13m2 0h1.5" class="line" />
    </>
  ),
  offline: (
    <>
      <circle cx="3" cy="8" r="2.2" />
      <circle cx="21" cy="8" r="2" class="line" />
    </>
  ),
  expired: (
    <>
      {ENDS}
      <path d="m9 5 6 6m0-6-6 6" class="line" />
    </>
  ),
};

/** The sign of a path. */
function PathSign({ path }: { path: string }): JSX.Element {
  return (
    <svg class={`path-sign ${path}`} viewBox="0 0 24 16" aria-hidden="true">
      {SHAPES[path] ?? (
        <>
          {ENDS}
          <path d="M10 5.6a2 2 0 1 1 2.6 1.9q-.6.2-.6 1v.4m0 1.8v1" class="line" />
        </>
      )}
    </svg>
  );
}

/** A path: its sign and its name. */
export function PathLabel({ path }: { path: string }): JSX.Element {
  return (
    <span class={`path ${path}`}>
      <PathSign path={path} />
      {pathName(path)}
    </span>
  );
}

/** The path to a peer; says so if it cannot have a better one. */
export function PeerPath({ of: { path, relay_only } }: { of: PathEntry }): JSX.Element {
  return (
    <>
      <PathLabel path={path} />
      {relay_only
        ? (
          <span
            class="relay-only soft"
            title="A node in WebAssembly has no UDP: only relays lead to it."
          >
            always relayed (WebAssembly)
          </span>
        )
        : null}
    </>
  );
}

/** Time on relays, as a bar and in percent; no news of a peer without any other path. */
export function RelayShare({ of }: { of: PathEntry }): JSX.Element {
  if (of.relay_only) return <span class="soft">always</span>;
  const share = relayShare(of);
  return (
    <span class="share">
      <span class="track" aria-hidden="true">
        <span style={{ width: `${100 * (share ?? 0)}%` }} />
      </span>
      <span class="percent">{formatShare(share)}</span>
    </span>
  );
}
