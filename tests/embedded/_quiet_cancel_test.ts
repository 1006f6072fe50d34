import { assertEquals, assertRejects } from "@std/assert";
import { type Cancellable, quietCancel } from "../../src/embedded/_quiet_cancel.ts";

/** A body whose connection has broken. */
function broken(): ReadableStreamDefaultReader<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new TypeError("connection broke")),
  }).getReader();
}

/** Lets the platform find rejections that nothing has handled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("quietCancel() keeps a broken body from ending the Worker", async () => {
  const unhandled: unknown[] = [];
  const hear = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", hear);
  try {
    // As the platform is, or the test could not fail.
    broken().cancel();
    await turn();
    assertEquals(unhandled.splice(0).map(String), ["TypeError: connection broke"]);
    const reader = broken();
    quietCancel(reader);
    reader.cancel();
    await turn();
    assertEquals(unhandled, []);
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
