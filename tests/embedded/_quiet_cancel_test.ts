import { assertEquals, assertRejects } from "@std/assert";
import { type Cancellable, quietCancel } from "../../src/embedded/_quiet_cancel.ts";

/** A body whose connection has broken. */
function broken(): ReadableStreamDefaultReader<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new TypeError("connection broke")),
  }).getReader();
}

Deno.test("quietCancel() keeps a broken body from ending the Worker", async () => {
  let heard = Promise.withResolvers<unknown>();
  const hear = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    heard.resolve(event.reason);
  };
  addEventListener("unhandledrejection", hear);
  try {
    // As the platform is, or the test could not fail.
    broken().cancel();
    assertEquals(String(await heard.promise), "TypeError: connection broke");
    heard = Promise.withResolvers();
    const reader = broken();
    quietCancel(reader);
    reader.cancel();
    // The platform reports rejections in their order: had there been one, it would be the first.
    Promise.reject(new Error("next"));
    assertEquals(String(await heard.promise), "Error: next");
    await assertRejects(() => reader.cancel(), TypeError, "connection broke");
  } finally {
    removeEventListener("unhandledrejection", hear);
  }
});

Deno.test("quietCancel() works for all readers of a prototype, with their reason", async () => {
  const reasons: unknown[] = [];
  const prototype: Cancellable = {
    cancel(reason) {
      reasons.push(this, reason);
      return Promise.resolve();
    },
  };
  quietCancel(prototype);
  const reader: Cancellable = Object.create(prototype);
  await reader.cancel("enough");
  assertEquals(reasons, [reader, "enough"]);
});
