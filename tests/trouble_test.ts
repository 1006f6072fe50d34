import { assertEquals } from "@std/assert";
import type { Logger } from "../src/log.ts";
import { TroubleLog } from "../src/trouble.ts";

function createFakeLogger(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string, properties?: object) => {
    lines.push(`${level} ${message} ${JSON.stringify(properties)}`);
  };
  const log: Logger = {
    debug: write("debug"),
    info: write("info"),
    warning: write("warning"),
    error: write("error"),
  };
  return { log, lines };
}

Deno.test("TroubleLog.report() says the same trouble once", () => {
  const { log, lines } = createFakeLogger();
  const trouble = new TroubleLog(log);
  trouble.report("a", "Cannot reach a");
  trouble.report("a", "Cannot reach a", { attempt: 2 });
  trouble.report("b", "Cannot reach b");
  assertEquals(lines, ["warning Cannot reach a {}", "warning Cannot reach b {}"]);
  assertEquals(trouble.size, 2);
});

Deno.test("TroubleLog.report() says a trouble again when its shown text changes", () => {
  const { log, lines } = createFakeLogger();
  const trouble = new TroubleLog(log);
  trouble.report("a", "Cannot reach a: {reason}", { reason: "refused" });
  trouble.report("a", "Cannot reach a: {reason}", { reason: "refused", attempt: 2 });
  trouble.report("a", "Cannot reach a: {reason}", { reason: "timeout", attempt: 3 });
  assertEquals(lines, [
    'warning Cannot reach a: {reason} {"reason":"refused"}',
    'warning Cannot reach a: {reason} {"reason":"timeout","attempt":3}',
  ]);
});

Deno.test("TroubleLog.over() speaks only after a trouble, and only once", () => {
  const { log, lines } = createFakeLogger();
  const trouble = new TroubleLog(log);
  trouble.over("a", "Reached a");
  trouble.report("a", "Cannot reach a");
  trouble.over("a", "Reached a", { cycles: 3 });
  trouble.over("a", "Reached a");
  trouble.report("a", "Cannot reach a");
  assertEquals(lines, [
    "warning Cannot reach a {}",
    'info Reached a {"cycles":3}',
    "warning Cannot reach a {}",
  ]);
});

Deno.test("TroubleLog.forget() drops a trouble without a word", () => {
  const { log, lines } = createFakeLogger();
  const trouble = new TroubleLog(log);
  trouble.report("a", "Cannot reach a");
  trouble.forget("a");
  trouble.over("a", "Reached a");
  assertEquals(lines, ["warning Cannot reach a {}"]);
  assertEquals(trouble.size, 0);
});

Deno.test("TroubleLog.report() logs an error where somebody has to act", () => {
  const { log, lines } = createFakeLogger();
  const trouble = new TroubleLog(log);
  trouble.report("a", "Cannot log in", {}, "error");
  trouble.report("a", "Cannot log in", {}, "error");
  trouble.over("a", "Logged in again");
  new TroubleLog({ info: log.info, warning: log.warning }).report("a", "Dead", {}, "error");
  assertEquals(lines, ["error Cannot log in {}", "info Logged in again {}", "warning Dead {}"]);
});
