/**
 * The reasons below the table of devices: devices with the same trouble share one paragraph, and
 * their rows refer to it by its number.
 *
 * @module
 */

import { replaceUnsafe } from "../text/printable.ts";
import type { CheckedDevice } from "./_check_report.ts";
import { type Style, wrap } from "./_terminal_text.ts";

/** Without a terminal, a reason that fewer devices share stands in its row, for `grep`. */
const MIN_SHARED = 3;

/** The reasons below the table, each once. */
export class Notes {
  readonly #style: Style;
  readonly #counts = new Map<string, number>();
  /** The numbers of the reasons that stand below, in the order in which they are first needed. */
  readonly #numbers = new Map<string, number>();
  readonly #first = new Map<string, string>();

  /** Counts the reasons; none has a number yet. */
  constructor(devices: readonly CheckedDevice[], style: Style) {
    this.#style = style;
    for (const device of devices) {
      const key = keyOf(device);
      if (key === undefined) continue;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      if (!this.#first.has(key)) this.#first.set(key, device.reason ?? "");
    }
  }

  /** The last cell of a device's row. */
  cellOf(device: CheckedDevice): string {
    const key = keyOf(device);
    if (key === undefined) return "";
    const isInline = this.#style.columns === undefined &&
      (this.#counts.get(key) ?? 0) < MIN_SHARED;
    if (isInline) return replaceUnsafe(device.reason ?? "");
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return device.failure === null
      ? `(${number})`
      : `(${number}) ${device.failure.replaceAll("_", " ")}`;
  }

  /** The paragraphs, in the order of the rows; a single device's reason has its own address. */
  lines(): readonly string[] {
    return [...this.#numbers].flatMap(([key, number]) => {
      const text = this.#counts.get(key) === 1 ? this.#first.get(key) ?? key : key;
      return wrap(`(${number}) `, replaceUnsafe(text), this.#style);
    });
  }
}

/** The reason without the device's own address, so that devices with the same trouble share it. */
function keyOf({ reason, url }: CheckedDevice): string | undefined {
  if (reason === null || url === null) return reason ?? undefined;
  const { port, pathname } = new URL(url);
  return reason.replaceAll(url, `http://ADDRESS:${port === "" ? "80" : port}${pathname}`);
}
