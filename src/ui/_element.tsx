/**
 * Small elements that several views share: a card, a figure, empty and error states, a skeleton.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import { Sign } from "./_icon.tsx";
import type { RequestError } from "./client.ts";

/** A text in which what stands between backticks is code. */
export function Prose({ text }: { text: string }): JSX.Element {
  return (
    <span class="prose">
      {text.split("`").map((part, at) => at % 2 === 0 ? part : <code key={at}>{part}</code>)}
    </span>
  );
}

/** A titled section. */
export function Card(
  { title, aside, children }: {
    title: string;
    aside?: ComponentChildren;
    children: ComponentChildren;
  },
): JSX.Element {
  return (
    <section class="card">
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A number with its name. */
export function Figure(
  { name, value, note, href }: {
    name: string;
    value: string;
    note?: string | undefined;
    href?: string;
  },
): JSX.Element {
  const body = (
    <>
      <span class="name">{name}</span>
      <span class="value">{value}</span>
      <span class="note">{note ?? "\u00a0"}</span>
    </>
  );
  return href === undefined
    ? <div class="figure">{body}</div>
    : <a class="figure" href={href}>{body}</a>;
}

/** Names and values, one pair a line; pairs without a value are left out. */
export function Facts(
  { of }: { of: readonly (readonly [name: string, value: ComponentChildren])[] },
): JSX.Element {
  const filled = of.filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== null && value !== "" && value !== undefined
  );
  return (
    <dl class="facts">
      {filled.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What is shown where there is nothing to show. */
export function Empty(
  { title, children }: { title: string; children?: ComponentChildren },
): JSX.Element {
  return (
    <div class="empty">
      <p class="title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** Says that what is shown is old, or that there is nothing, because a request failed. */
export function Failure(
  { error, next = "Trying again." }: { error: RequestError | undefined; next?: string },
): JSX.Element | null {
  if (error === undefined) return null;
  return (
    <p class="failure" role="alert">
      <Sign name="warning" /> {error.message} {next}
    </p>
  );
}

/** Grey bars in place of rows that are being loaded. */
export function Skeleton({ rows = 6 }: { rows?: number }): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => <div key={at} />)}
    </div>
  );
}

/** The state of a device's metrics. */
export function MetricsState({ state }: { state: string }): JSX.Element {
  const tone = state === "up" ? "good" : state === "down" ? "bad" : "quiet";
  return <span class={`chip ${tone}`}>{state.replaceAll("_", " ")}</span>;
}
