/**
 * What must hold for any page and any answer: it is taken whole and shown well, or refused with the
 * right error, and soon either way.
 *
 * @module
 */

import { assert } from "@std/assert";
import { renderDevice } from "../../src/collectors/_device_block.ts";
import { DEVICE_METRICS } from "../../src/collectors/mod.ts";
import { DeviceDecoder } from "../../src/control/device_list.ts";
import { onlineRule } from "../../src/devices/mod.ts";
import { ApiError } from "../../src/errors.ts";
import { BlockWriter, Relabeler } from "../../src/exposition/mod.ts";
import { Page, Section } from "../../src/page/mod.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { readText } from "../_support/text_reader.ts";
import { mutateAnswer } from "./_answer.ts";
import { Dice } from "./_dice.ts";
import { mutatePage } from "./_page.ts";

/** A case of real data takes microseconds; a collection of garbage may fall into one. */
const MAX_MS = 1_000;

/**
 * How often a case may take longer: a busy machine may stall, but hardly three times for one case.
 */
const TRIES = 3;

/** The strict reader is slow: it checks one of this many pages. */
const READ_EVERY = 50;

const LABELS = [["device_id", 'id "1"'], ["device_name", "node-a"]] as const;
const OWN = 'device_id="id \\"1\\"",device_name="node-a"';

const decoder = new TextDecoder("utf-8", { fatal: true });

/** One relabeler and its section, as in a program that sees page after page. */
export class Cases {
  readonly #pages = new Section([]);
  readonly #relabeler = new Relabeler(this.#pages.families);
  readonly #devices = new Section(DEVICE_METRICS);
  readonly #writer = new BlockWriter(this.#devices.families);
  readonly #redactor = new Redactor();
  readonly #now: () => number;

  /**
   * Cases that have seen nothing yet.
   *
   * @param now A clock in milliseconds.
   */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * The case of a seed: a page if it is even, an answer if it is odd.
   *
   * @returns Whether the input was taken.
   * @throws {Error} If something does not hold.
   */
  run(seed: number): boolean {
    let tookMs = 0;
    for (let count = 0; count < TRIES; count++) {
      const startMs = this.#now();
      const isTaken = seed % 2 === 0 ? this.#page(seed) : this.#answer(seed);
      tookMs = this.#now() - startMs;
      if (tookMs < MAX_MS) return isTaken;
    }
    throw new Error(`It took ${Math.round(tookMs)} ms, ${TRIES} times in a row`);
  }

  #page(seed: number): boolean {
    const page = mutatePage(new Dice(seed));
    try {
      const { block } = this.#relabeler.relabel(page, LABELS);
      this.#pages.set("device", block);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) return false;
      throw error;
    }
    // each sample is a line of its own with our labels in front, and text of the right encoding
    const text = decoder.decode(this.#pageBytes());
    let samples = 0;
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("# ")) continue;
      assert(line.includes(`{${OWN}`), `no labels of ours: ${line}`);
      samples++;
    }
    assert(
      samples === this.#pages.sampleCount,
      `${samples} lines, ${this.#pages.sampleCount} samples`,
    );
    if (seed % READ_EVERY === 0) readText(text);
    return samples > 0;
  }

  #pageBytes(): Uint8Array {
    const chunks = [...new Page([this.#pages]).view().chunks("text")];
    const [first] = chunks;
    if (chunks.length === 1 && first !== undefined) return first;
    return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
  }

  #answer(seed: number): boolean {
    const { format, text } = mutateAnswer(new Dice(seed));
    let devices;
    try {
      ({ devices } = new DeviceDecoder(format, this.#redactor).decodeNow(text));
    } catch (error) {
      if (error instanceof ApiError && error.failure === "malformed") return false;
      throw error;
    }
    this.#devices.clear();
    const isOnline = onlineRule(devices, 1_769_904_000);
    for (const device of devices) {
      const known = { device, isOnline: isOnline(device) };
      this.#devices.set(device.id, renderDevice(this.#writer, known));
    }
    if (seed % READ_EVERY === 1) readText(new Page([this.#devices]).view().text("text"));
    return devices.length > 0;
  }
}
