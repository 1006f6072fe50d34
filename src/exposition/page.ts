/**
 * What is served: sections of finished blocks, a page of sections, and the immutable view of a page
 * that a reply is streamed from. Nothing is rendered, sorted or parsed here; a view only copies
 * bytes, family by family, as kube-state-metrics does.
 *
 * @module
 */

import { Chunk, LineCopier, viewOf } from "./_chunk.ts";
import type { Block } from "./block.ts";
import type { Family, Format } from "./family.ts";
import { EOF } from "./openmetrics.ts";
import { type FamilyHeader, FamilyTable, type FamilyTableOptions } from "./table.ts";

/** What a section holds at one moment; never changed afterwards. */
export interface SectionView {
  /** Grows with every visible change of the section. */
  readonly generation: number;
  /** The number of sample lines. */
  readonly sampleCount: number;
  /** The header of each family, in the order of the blocks' ends. */
  readonly headers: readonly FamilyHeader[];
  /** Whose block stands at the same place of `blocks`. */
  readonly keys: readonly string[];
  /** The blocks, in the order in which their keys were first set. */
  readonly blocks: readonly Block[];
}

/** A part of the page that can say what it holds now. */
export interface PageSection {
  /** What the section holds now; costs at most a walk over its blocks. */
  snapshot(): SectionView;
}

/**
 * Blocks by key, all over the same table of families.
 *
 * Blocks of different keys must differ in their labels; nobody looks for duplicates among them.
 */
export class Section implements PageSection {
  /** The order of the families, and what blocks are written and relabelled against. */
  readonly families: FamilyTable;
  readonly #blocks = new Map<string, Block>();
  #snapshot: SectionView | undefined;
  #snapshotEpoch = -1;
  #sampleCount = 0;
  #generation = 0;

  /**
   * A section without blocks.
   *
   * @param families Those that the section always knows, in the page's order.
   */
  constructor(families: readonly Family[], options: FamilyTableOptions = {}) {
    this.families = new FamilyTable(families, options);
  }

  /** The number of keys. */
  get size(): number {
    return this.#blocks.size;
  }

  /** The number of sample lines in all blocks. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  /** Grows with every visible change. */
  get generation(): number {
    return this.#generation + this.families.epoch;
  }

  /** Whether there is a block for this key. */
  has(key: string): boolean {
    return this.#blocks.has(key);
  }

  /** The block for this key, if there is one. */
  get(key: string): Block | undefined {
    return this.#blocks.get(key);
  }

  /** The keys, in the order in which they were first set. */
  keys(): IterableIterator<string> {
    return this.#blocks.keys();
  }

  /**
   * Shows this block for this key from now on, in the place of the one before.
   *
   * @throws {RangeError} If the block was made for another table, or a family it has lines of was
   * given up in the meantime: set a block before the next one is relabelled.
   */
  set(key: string, block: Block): void {
    this.#check(key, block);
    const old = this.#blocks.get(key);
    forEachFamily(block, (index) => this.families.retain(index));
    if (old !== undefined) this.#drop(old);
    this.#blocks.set(key, block);
    this.#sampleCount += block.sampleCount;
    this.#changed();
  }

  /** Takes a key's block away; true if there was one. */
  delete(key: string): boolean {
    const old = this.#blocks.get(key);
    if (old === undefined) return false;
    this.#blocks.delete(key);
    this.#drop(old);
    this.#changed();
    return true;
  }

  /** Takes all blocks away. */
  clear(): void {
    if (this.#blocks.size === 0) return;
    for (const block of this.#blocks.values()) this.#drop(block);
    this.#blocks.clear();
    this.#changed();
  }

  /** What the section holds now; the same object until something changes. */
  snapshot(): SectionView {
    if (this.#snapshot === undefined || this.#snapshotEpoch !== this.families.epoch) {
      this.#snapshotEpoch = this.families.epoch;
      this.#snapshot = {
        generation: this.generation,
        sampleCount: this.#sampleCount,
        headers: this.families.headers(),
        keys: [...this.#blocks.keys()],
        blocks: [...this.#blocks.values()],
      };
    }
    return this.#snapshot;
  }

  #drop(block: Block): void {
    forEachFamily(block, (index) => this.families.release(index));
    this.#sampleCount -= block.sampleCount;
  }

  #changed(): void {
    this.#generation += 1;
    this.#snapshot = undefined;
  }

  #check(key: string, block: Block): void {
    const { bytes, ends, epoch } = block;
    if (ends.length > this.families.size || (ends[ends.length - 1] ?? 0) !== bytes.length) {
      throw new RangeError(
        `Cannot set the block of "${key}": its ends do not fit its bytes or this table`,
      );
    }
    if (epoch === undefined) return;
    forEachFamily(block, (index) => {
      if (this.families.since(index) > epoch) {
        throw new RangeError(
          `Cannot set the block of "${key}": family ${index} became ` +
            `"${this.families.at(index).name}" after the block was made; make it again`,
        );
      }
    });
  }
}

/** Calls back for each family that the block has lines of. */
function forEachFamily(block: Block, call: (index: number) => void): void {
  const { ends } = block;
  let start = 0;
  for (let index = 0; index < ends.length; index++) {
    const end = ends[index] ?? start;
    if (end > start) call(index);
    start = end;
  }
}

/** Sections one below the other; families of different sections must not share names. */
export class Page {
  readonly #sections: readonly PageSection[];

  /**
   * A page of these sections.
   *
   * @param sections In the order in which the page shows them.
   */
  constructor(sections: readonly PageSection[]) {
    this.#sections = sections;
  }

  /**
   * The page as it is now. Costs at most a walk over the blocks; no bytes are copied.
   *
   * @param options `only` keeps the blocks whose key it says yes to.
   */
  view(options: { readonly only?: (key: string) => boolean } = {}): PageView {
    const { only } = options;
    const views = this.#sections.map((section) => section.snapshot());
    return new PageView(only === undefined ? views : views.map((view) => filterView(view, only)));
  }
}

function filterView(view: SectionView, only: (key: string) => boolean): SectionView {
  const keys: string[] = [];
  const blocks: Block[] = [];
  let sampleCount = 0;
  for (const [index, key] of view.keys.entries()) {
    const block = view.blocks[index];
    if (block === undefined || !only(key)) continue;
    keys.push(key);
    blocks.push(block);
    sampleCount += block.sampleCount;
  }
  return { ...view, sampleCount, keys, blocks };
}

const EOF_BYTES = new TextEncoder().encode(EOF);
const NOTHING = new Uint8Array(0);
const CHUNK_BYTES = 128 * 1024;

/** A page at one moment: what happens to its sections later does not show in it. */
export class PageView {
  /** Grows with every visible change of the page, whatever the view leaves out. */
  readonly generation: number;
  /** The number of sample lines. */
  readonly sampleCount: number;
  readonly #sections: readonly SectionView[];

  /**
   * A view of what the sections held.
   *
   * @param sections In the order in which the page shows them.
   */
  constructor(sections: readonly SectionView[]) {
    this.#sections = sections;
    this.generation = sections.reduce((sum, section) => sum + section.generation, 0);
    this.sampleCount = sections.reduce((sum, section) => sum + section.sampleCount, 0);
  }

  /**
   * The page in pieces, each in memory of its own, which the caller may keep or give away. All but
   * the last are of exactly the size asked for, so a line may go on in the next.
   *
   * Units: chunkBytes in bytes, 128 KiB by default
   *
   * @param isReused Whether a piece holds only until the next one is asked for: for who is done
   *   with it by then, so that a large page makes no garbage.
   *
   * @throws {RangeError} If `chunkBytes` is below 1.
   */
  *chunks(
    format: Format,
    chunkBytes: number = CHUNK_BYTES,
    isReused: boolean = false,
  ): Generator<Uint8Array> {
    if (!(chunkBytes >= 1)) throw new RangeError(`Cannot make chunks of ${chunkBytes} bytes`);
    const chunk = new Chunk(chunkBytes, isReused);
    for (const { headers, blocks } of this.#sections) {
      const lines = new LineCopier(blocks);
      for (let family = 0; family < headers.length; family++) {
        if (!lines.seek(family)) continue;
        yield* fillWhole(chunk, viewOf(headers[family]?.[format] ?? NOTHING));
        while (!lines.fill(chunk)) yield chunk.take();
      }
    }
    if (format === "openmetrics") yield* fillWhole(chunk, viewOf(EOF_BYTES));
    if (chunk.used > 0) yield chunk.take();
  }

  /** The whole page as text; for tests, the command line and small pages. */
  text(format: Format): string {
    const decoder = new TextDecoder();
    let text = "";
    for (const chunk of this.chunks(format)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }

  /** How many bytes {@linkcode PageView.chunks} gives in all. */
  byteLength(format: Format): number {
    let total = format === "openmetrics" ? EOF_BYTES.length : 0;
    for (const { headers, blocks } of this.#sections) {
      const isUsed = new Uint8Array(headers.length);
      for (const block of blocks) {
        total += block.bytes.length;
        forEachFamily(block, (index) => {
          isUsed[index] = 1;
        });
      }
      for (const [index, header] of headers.entries()) {
        if (isUsed[index] === 1) total += header[format].length;
      }
    }
    return total;
  }
}

/** Copies all of these bytes; gives the pieces that become full. */
function* fillWhole(chunk: Chunk, source: DataView): Generator<Uint8Array> {
  const end = source.byteLength;
  for (let at = 0; (at = chunk.fill(source, at, end)) < end;) yield chunk.take();
}
