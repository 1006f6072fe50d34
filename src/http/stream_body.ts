/**
 * A response body that is made while it is read. It stops for five reasons besides its end: the
 * reader goes away, stands still for too long, takes too long in all, or must make room for others,
 * or the server must stop.
 *
 * @module
 */

import { untilStopped } from "../time/background.ts";
import { type Delay, delayQuietly } from "../time/delay.ts";

/** Options for {@linkcode createBody}. */
export interface BodyOptions {
  /** The next bytes; undefined at the end. Called only when the reader wants some. */
  readonly next: () => Uint8Array | undefined;
  /** Called once when the body has ended, for whatever reason. */
  readonly onEnd: () => void;
  /** Aborted when the body must end now. */
  readonly stop: AbortSignal | undefined;
  /** Aborted, with the reason, when the body must end now to make room for others. */
  readonly cut?: AbortSignal;
  /** Milliseconds that a reader may take for one piece. */
  readonly stallMs: number;
  /** Milliseconds that a reader may take for all of them. Default: no bound. */
  readonly totalMs?: number | undefined;
  /** The wait. Default: a timer that does not keep the process alive. */
  readonly delay?: Delay;
}

/**
 * A stream of pieces that never works ahead of its reader.
 *
 * @returns Errors, which breaks the connection off, when `next` throws, when `stop` is aborted,
 * when `cut` is, and when the reader takes longer than `stallMs` or `totalMs`, so that one that
 * hangs or trickles holds no page in memory.
 */
export function createBody(options: BodyOptions): ReadableStream<Uint8Array> {
  const { next, onEnd, stop, cut, stallMs, totalMs, delay = delayQuietly } = options;
  const ended = new AbortController();
  let pieces = 0;

  function end(): void {
    if (ended.signal.aborted) return;
    ended.abort();
    stop?.removeEventListener("abort", breakOff);
    cut?.removeEventListener("abort", cutOff);
    onEnd();
  }

  let breakOff: () => void = end;
  let cutOff: () => void = end;

  async function watch(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (let seen = -1; seen !== pieces;) {
      seen = pieces;
      await delay(stallMs, ended.signal);
    }
    controller.error(new Error(`Cannot send a page: the reader took nothing for ${stallMs} ms`));
    end();
  }

  async function watchTotal(
    ms: number,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    await delay(ms, ended.signal);
    controller.error(new Error(`Cannot send a page: the reader took longer than ${ms} ms`));
    end();
  }

  return new ReadableStream<Uint8Array>({
    start(controller) {
      breakOff = () => {
        controller.error(new Error("Cannot send a page to its end: the server stops"));
        end();
      };
      cutOff = () => {
        controller.error(cut?.reason);
        end();
      };
      if (stop?.aborted) return breakOff();
      cut?.addEventListener("abort", cutOff, { once: true });
      stop?.addEventListener("abort", breakOff, { once: true });
      untilStopped(watch(controller), ended.signal);
      if (totalMs !== undefined) untilStopped(watchTotal(totalMs, controller), ended.signal);
    },
    pull(controller) {
      pieces++;
      try {
        const piece = next();
        if (piece !== undefined) return controller.enqueue(piece);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      end();
    },
    cancel: end,
  }, { highWaterMark: 0 });
}
