/**
 * Copies a text to the clipboard. Browsers have no clipboard API on plain HTTP, other than on this
 * machine: there the text is shown, selected, so that the reader copies it.
 *
 * @module
 */

import type { JSX } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";

/** How long a button says that it has copied, in milliseconds. */
const COPIED_MS = 2_000;

/** Further lines of the text area, for lines that are wrapped. */
const WRAPPED = 3;

/** A text that can be copied. */
export interface Copy {
  /**
   * The text; one that is shown stays as it was at the click, for a change of it would take the
   * reader's selection away.
   */
  readonly text: string;
  /** Whether it was copied a moment ago, or is shown because the browser did not copy it. */
  readonly state: "copied" | "shown" | undefined;
  /** Number of the last click, so that a further one selects the shown text again. */
  readonly click: number;
  /** Copies the text, or shows it. */
  readonly start: () => void;
}

/** The state of one text to copy, for {@linkcode CopyButton} and {@linkcode CopyText}. */
export function useCopy(text: string): Copy {
  const [state, setState] = useState<Copy["state"]>();
  const [shown, setShown] = useState("");
  const [click, setClick] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const start = async () => {
    // The timer of an earlier click would end the message of this one.
    clearTimeout(timer.current);
    setClick(click + 1);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // No clipboard API, or the reader does not permit it.
      setShown(text);
      setState("shown");
      return;
    }
    setState("copied");
    timer.current = setTimeout(() => setState(undefined), COPIED_MS);
  };
  return { text: state === "shown" ? shown : text, state, click, start };
}

/** The button that copies. */
export function CopyButton({ label, of }: { label: string; of: Copy }): JSX.Element {
  const isCopied = of.state === "copied";
  return (
    <>
      <button type="button" onClick={of.start}>{isCopied ? "Copied" : label}</button>
      {/* Within the button it would take away the button's name. */}
      <span class="hidden" role="status">{isCopied ? "Copied" : ""}</span>
    </>
  );
}

/** The text itself, selected, where the browser did not copy it. */
export function CopyText({ label, of }: { label: string; of: Copy }): JSX.Element | null {
  const select = useCallback((area: HTMLTextAreaElement | null) => {
    if (area === null) return;
    area.focus();
    area.select();
    // The focus scrolls to its end.
    area.scrollTop = 0;
  }, []);
  if (of.state !== "shown") return null;
  return (
    <label class="copied" key={of.click}>
      {label}
      <textarea readOnly rows={of.text.split("\n").length + WRAPPED} ref={select} value={of.text} />
    </label>
  );
}
