/**
 * Signs for states and severities. Each has a shape of its own, so that none depends on its colour.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import { isAction } from "./filter.ts";
import type { DeviceRow, Severity } from "./model.ts";

/** What a sign can stand for. */
export type SignName = Severity | "online" | "offline";

const SHAPES: Readonly<Record<SignName, () => ComponentChildren>> = {
  critical: () => <path d="M8 .8 15.2 8 8 15.2.8 8zM7.2 4.5v4.3h1.6V4.5zm0 5.5v1.6h1.6V10z" />,
  warning: () => (
    <path d="M8 1.2 15.4 14.4H.6zM7.2 6v4h1.6V6zm0 5.2v1.5h1.6v-1.5z" fill-rule="evenodd" />
  ),
  info: () => (
    <path d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 1.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6zM7.2 7h1.6v4.5H7.2zm0-2.6h1.6V6H7.2z" />
  ),
  ok: () => <path d="m6.3 13.4-5-5 1.6-1.6 3.4 3.4 6.8-6.8 1.6 1.6z" />,
  online: () => <circle cx="8" cy="8" r="4.5" />,
  offline: () => (
    <circle cx="8" cy="8" r="3.7" fill="none" stroke="currentColor" stroke-width="1.6" />
  ),
};

/** A sign; its name is read out unless it stands beside a text that says the same. */
export function Sign({ name, label }: { name: SignName; label?: string }): JSX.Element {
  return (
    <svg
      class={`sign ${name}`}
      viewBox="0 0 16 16"
      fill="currentColor"
      {...label === undefined ? { "aria-hidden": "true" } : { role: "img", "aria-label": label }}
    >
      {SHAPES[name]()}
    </svg>
  );
}

/** The sign of a device: its worst problem, or whether it is online. */
export function DeviceSign({ row }: { row: DeviceRow }): JSX.Element {
  const { online, problem } = row;
  if (problem !== null && isAction(problem)) {
    return <Sign name={problem.severity} label={problem.severity} />;
  }
  return online ? <Sign name="online" label="online" /> : <Sign name="offline" label="offline" />;
}
