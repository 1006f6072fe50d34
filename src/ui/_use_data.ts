/**
 * Hooks that keep what a component shows up to date: answers of the API, the place in the page, and
 * the time. All of them rest while the page is hidden. While there is a stream of events, an answer
 * is asked for again when the stream says that it has changed, and seldom otherwise.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { type Client, type RequestError, requestErrorOf } from "./client.ts";
import { type LiveState, topicsOf } from "./live.ts";
import type { DevicePage, DeviceRow } from "./model.ts";
import { type Place, readPlace } from "./place.ts";

/** Maximum age of an answer while the stream tells of changes, in milliseconds. */
const LIVE_INTERVAL_MS = 60_000;

/** An answer that may not have come yet. */
export interface Loaded<T> {
  /** The last answer; undefined before the first. */
  readonly data: T | undefined;
  /** Why the last request failed; undefined if it did not. */
  readonly error: RequestError | undefined;
}

/**
 * Asks a path again and again; changing the path starts anew, with the last answer that is known of
 * it.
 *
 * @param intervalMs Maximum age of an answer while no stream tells of changes.
 */
export function useData<T>(client: Client, path: string, intervalMs: number): Loaded<T> {
  return useAnswers<T>({
    client,
    path,
    intervalMs,
    kept: () => client.kept<T>(path),
    ask: async (set, signal) => {
      set({ data: await client.get<T>(path, signal), error: undefined });
    },
  });
}

/** All devices, page by page; the first page is shown before the last has arrived. */
export function useDevices(
  client: Client,
  intervalMs: number,
): Loaded<{ readonly rows: readonly DeviceRow[]; readonly isWhole: boolean }> {
  return useAnswers<{ readonly rows: readonly DeviceRow[]; readonly isWhole: boolean }>({
    client,
    path: DEVICES,
    intervalMs,
    kept: () => undefined,
    ask: async (set, signal, isFirst) => {
      let rows: readonly DeviceRow[] = [];
      for await (const page of client.pages<DevicePage>(DEVICES, signal)) {
        rows = rows.length === 0 ? page.devices : [...rows, ...page.devices];
        const isWhole = page.next === null;
        if (isWhole || isFirst) set({ data: { rows, isWhole }, error: undefined });
      }
    },
  });
}

const DEVICES = "api/v1/devices?limit=1000";

/** What is asked for, and how. */
interface Question<T> {
  readonly client: Client;
  readonly path: string;
  readonly intervalMs: number;
  /** What is shown until the first answer. */
  readonly kept: () => T | undefined;
  readonly ask: (
    set: (loaded: Loaded<T>) => void,
    signal: AbortSignal,
    isFirst: boolean,
  ) => Promise<void>;
}

function useAnswers<T>({ ask, client, intervalMs, kept, path }: Question<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ data: kept(), error: undefined });
  useEffect(() => {
    const stop = new AbortController();
    const { live } = client;
    const topics = topicsOf(path);
    let [isFirst, isBusy, isStale, askedMs] = [true, false, false, -Infinity];
    const run = async () => {
      isStale = true;
      if (isBusy || document.hidden) return;
      isBusy = true;
      // What changes while an answer is made may not be in it.
      while (isStale && !stop.signal.aborted) {
        isStale = false;
        askedMs = performance.now();
        try {
          await ask((next) => stop.signal.aborted || setLoaded(next), stop.signal, isFirst);
        } catch (cause) {
          const error = requestErrorOf(cause);
          // The last answer stays: old facts that say so are worth more than none. One that came
          // too often is no news: it is asked for again.
          if (!stop.signal.aborted) {
            setLoaded(({ data }) => ({
              data,
              error: error.status === 429 && data !== undefined ? undefined : error,
            }));
          }
        }
        isFirst = false;
      }
      isBusy = false;
    };
    const look = () => {
      const isTold = live.state === "live" && topics.length > 0 && askedMs > live.sinceMs;
      if (!isTold || performance.now() - askedMs >= LIVE_INTERVAL_MS) run();
    };
    setLoaded({ data: kept(), error: undefined });
    run();
    const timer = setInterval(look, intervalMs);
    const unsubscribe = live.subscribe((topic) => {
      if (topic === undefined || topics.includes(topic)) run();
    });
    // Where there is a stream, it says when the page is shown again and there is something new.
    const onVisible = () => void ((live.state === "polling" || isStale) && run());
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      stop.abort();
      clearInterval(timer);
      unsubscribe();
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [client, path, intervalMs]);
  return loaded;
}

/**
 * Keeps the stream of a client open while the page is shown.
 *
 * @param isWanted Whether the page is logged in, where it has to be.
 * @returns How current the page is.
 */
export function useLive(client: Client, isWanted: boolean): LiveState {
  const { live } = client;
  const [state, setState] = useState<LiveState>(live.state);
  useEffect(() => {
    if (!isWanted) return;
    setState(live.state);
    const stop = new AbortController();
    const onVisibility = () => live.setHidden(document.hidden);
    const unsubscribe = live.onState(() => setState(live.state));
    document.addEventListener("visibilitychange", onVisibility);
    onVisibility();
    live.run(stop.signal);
    return () => {
      stop.abort();
      unsubscribe();
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [live, isWanted]);
  return state;
}

/** The place in the page; follows links and the browser's buttons. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const onChange = () => setPlace(readPlace(location.hash));
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return place;
}

/** The time, every few seconds. */
export function useNow(intervalMs: number = 5_000): number {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setNowMs(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
