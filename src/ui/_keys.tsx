/**
 * The keyboard: `/` searches, digits change the view, `?` explains.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { formatPlace } from "./place.ts";

const KEYS: readonly (readonly [key: string, text: string])[] = [
  ["/", "Search nodes"],
  ["↑ ↓", "Select a node"],
  ["Enter", "Open the selected node"],
  ["Esc", "Back to the list"],
  ["1 … 7", "Change the view"],
  ["?", "This list"],
];

const VIEWS: readonly string[] = [
  "overview",
  "nodes",
  "events",
  "alerts",
  "hosts",
  "access",
  "exporter",
];

/** Listens for keys, and shows what they do. */
export function Keys(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      if (isTyping) {
        if (event.key === "Escape") target.blur();
        if (event.key === "ArrowDown" && target.id === "search") focusRows(event);
        return;
      }
      if (event.key === "?") dialog.current?.showModal();
      else if (event.key === "/") search(event);
      else if (event.key === "ArrowDown" && target === document.body) focusRows(event);
      else if (event.key === "Escape" && location.hash.startsWith("#/nodes/")) history.back();
      const view = VIEWS[Number(event.key) - 1];
      if (view !== undefined) location.hash = formatPlace(view);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <button type="button" class="quiet help" onClick={() => dialog.current?.showModal()}>
        <span aria-hidden="true">?</span>
        <span class="hidden">Keyboard shortcuts</span>
      </button>
      <dialog ref={dialog} aria-label="Keyboard shortcuts">
        <h2>Keyboard</h2>
        <dl class="facts">
          {KEYS.map(([key, text]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit" class="primary">Close</button>
        </form>
      </dialog>
    </>
  );
}

function focusRows(event: Event): void {
  const rows = document.querySelector<HTMLElement>(".table .body");
  if (rows === null) return;
  event.preventDefault();
  rows.focus();
}

function search(event: Event): void {
  event.preventDefault();
  if (document.getElementById("search") === null) location.hash = formatPlace("nodes");
  focusSearch(30);
}

/** The view may have to be made first: looks again in the next frames. */
function focusSearch(frames: number): void {
  const field = document.getElementById("search");
  if (field !== null) field.focus();
  else if (frames > 0) requestAnimationFrame(() => focusSearch(frames - 1));
}
