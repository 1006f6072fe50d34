/**
 * How current the page is, as a sign in its head.
 *
 * @module
 */

import type { JSX } from "preact";
import type { LiveState } from "./live.ts";

const TEXTS: Readonly<Record<LiveState, readonly [text: string, title: string]>> = {
  live: ["Live", "Changes are shown as they happen."],
  reconnecting: ["Reconnecting", "Asking every few seconds until the stream is back."],
  paused: ["Paused", "Nothing is asked while the page is hidden."],
  polling: ["Polling", "Asking every few seconds: there is no stream of events."],
};

/** The sign. */
export function LiveSign({ state }: { state: LiveState }): JSX.Element {
  const [text, title] = TEXTS[state];
  return (
    <span class={`stream ${state}`} role="status" title={title}>
      <span class="dot" aria-hidden="true" />
      <span class="text">{text}</span>
    </span>
  );
}
