/**
 * Hooks that keep what a component shows up to date: answers of the API, the place in the page, and
 * the time. All of them rest while the page is hidden.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { type Client, RequestError } from "./client.ts";
import type { DevicePage, DeviceRow } from "./model.ts";
import { type Place, readPlace } from "./place.ts";

/** An answer that may not have come yet. */
export interface Loaded<T> {
  /** The last answer; undefined before the first. */
  readonly data: T | undefined;
  /** Why the last request failed; undefined if it did not. */
  readonly error: RequestError | undefined;
}

/** Asks a path again and again; changing the path starts anew. */
export function useData<T>(client: Client, path: string, intervalMs: number): Loaded<T> {
  return usePolling(
    (isCurrent, set) =>
      client.get(path).then((data) => {
        if (isCurrent()) set({ data: data as T, error: undefined });
      }),
    [client, path],
    intervalMs,
  );
}

/** All devices, page by page; the first page is shown before the last has arrived. */
export function useDevices(
  client: Client,
  intervalMs: number,
): Loaded<{ readonly rows: readonly DeviceRow[]; readonly isWhole: boolean }> {
  return usePolling(
    async (isCurrent, set, isFirst) => {
      let rows: readonly DeviceRow[] = [];
      for await (const page of client.pages<DevicePage>("api/v1/devices?limit=1000")) {
        if (!isCurrent()) return;
        rows = rows.length === 0 ? page.devices : [...rows, ...page.devices];
        const isWhole = page.next === null;
        if (isWhole || isFirst) set({ data: { rows, isWhole }, error: undefined });
      }
    },
    [client],
    intervalMs,
  );
}

function usePolling<T>(
  ask: (
    isCurrent: () => boolean,
    set: (loaded: Loaded<T>) => void,
    isFirst: boolean,
  ) => Promise<void>,
  inputs: readonly unknown[],
  intervalMs: number,
): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ data: undefined, error: undefined });
  useEffect(() => {
    let [isCurrent, isFirst, isBusy] = [true, true, false];
    const run = async () => {
      if (isBusy || document.hidden) return;
      isBusy = true;
      try {
        await ask(() => isCurrent, setLoaded, isFirst);
      } catch (cause) {
        const error = cause instanceof RequestError ? cause : new RequestError(0, String(cause));
        // The last answer stays: old facts that say so are worth more than none.
        if (isCurrent) setLoaded(({ data }) => ({ data, error }));
      }
      [isBusy, isFirst] = [false, false];
    };
    setLoaded({ data: undefined, error: undefined });
    run();
    const timer = setInterval(run, intervalMs);
    document.addEventListener("visibilitychange", run);
    return () => {
      isCurrent = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", run);
    };
  }, [...inputs, intervalMs]);
  return loaded;
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
