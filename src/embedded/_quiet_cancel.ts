/**
 * Go closes the body of a response by `cancel()` and ignores the promise. Where the connection
 * broke while the body arrived, that promise rejects. Deno ends a Worker for such a rejection, so
 * that one broken answer would cost the node all its connections.
 *
 * Source: `streamReader.Close()` in Go's `net/http/roundtrip_js.go`
 *
 * @module
 */

/** What is cancelled. */
export type Cancellable = Pick<ReadableStreamDefaultReader, "cancel">;

/**
 * Marks a rejection of `cancel()` as handled; who waits for it still gets it.
 *
 * @param reader A reader, or the prototype of all.
 */
export function quietCancel(reader: Cancellable): void {
  const { cancel } = reader;
  reader.cancel = function (this: Cancellable, reason?: unknown): Promise<void> {
    const done = cancel.call(this, reason);
    done.catch(() => {});
    return done;
  };
}
