import { assertEquals } from "@std/assert";
import type { Logger } from "../../src/log/log.ts";
import { SharedCauses, TroubleLog } from "../../src/log/trouble.ts";

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

Deno.test("TroubleLog.report() logs an error that needs an operator", () => {
  const { log, lines } = createFakeLogger();
  const trouble = new TroubleLog(log);
  trouble.report("a", "Cannot log in", {}, { level: "error" });
  trouble.report("a", "Cannot log in", {}, { level: "error" });
  trouble.over("a", "Logged in again");
  new TroubleLog({ info: log.info, warning: log.warning }).report("a", "Dead", {}, {
    level: "error",
  });
  assertEquals(lines, ["error Cannot log in {}", "info Logged in again {}", "warning Dead {}"]);
});

/** Two logs of one program that may be in trouble by the same causes, and their lines. */
function createPair() {
  const causes = new SharedCauses();
  const { log, lines } = createFakeLogger();
  const one = new TroubleLog(log, causes);
  const other = new TroubleLog(log, causes);
  const take = () => lines.splice(0).map((line) => line.replace(" {}", ""));
  return { one, other, take };
}

Deno.test("TroubleLog.report() says a cause once, whichever log meets it first", () => {
  const { one, other, take } = createPair();
  for (let look = 0; look < 3; look++) {
    one.report("a", "One cannot look: down", {}, { cause: "down" });
    other.report("b", "The other cannot look: down", {}, { cause: "down" });
  }
  assertEquals(take(), ["warning One cannot look: down"]);
  other.over("b", "The other looks again");
  one.over("a", "One looks again");
  assertEquals(take(), ["info The other looks again"]);
  other.report("b", "The other cannot look: down", {}, { cause: "down" });
  assertEquals(take(), ["warning The other cannot look: down"]);
});

Deno.test("TroubleLog.report() says a cause once, whatever its words are each time", () => {
  const { one, other, take } = createPair();
  for (let look = 0; look < 3; look++) {
    one.report("a", `One cannot look: position ${look}`, {}, { cause: "nonsense" });
  }
  for (let look = 0; look < 3; look++) {
    one.report("a", `One cannot look: position ${look}`, {}, { cause: "nonsense" });
    other.report("b", `The other cannot look: position ${look}`, {}, { cause: "nonsense" });
  }
  assertEquals(take(), ["warning One cannot look: position 0"]);
  other.over("b", "The other looks again");
  one.report("a", "One cannot look: position 3", {}, { cause: "nonsense" });
  assertEquals(take(), ["info The other looks again", "warning One cannot look: position 3"]);
});

Deno.test("TroubleLog.report() says a cause again that another log saw the end of", () => {
  const { one, other, take } = createPair();
  one.report("a", "One cannot look: down", {}, { cause: "down" });
  other.report("b", "The other cannot look: down", {}, { cause: "down" });
  other.over("b", "The other looks again");
  take();
  one.report("a", "One cannot look: down", {}, { cause: "down" });
  one.report("a", "One cannot look: down", {}, { cause: "down" });
  assertEquals(take(), ["warning One cannot look: down"]);
});

Deno.test("TroubleLog.report() tells causes apart, and troubles without any", () => {
  const { one, other, take } = createPair();
  one.report("a", "One cannot look: down", {}, { cause: "down" });
  other.report("b", "The other cannot look: late", {}, { cause: "late" });
  other.report("c", "The other cannot read");
  one.report("c", "The other cannot read");
  assertEquals(take().length, 4);
  // A cause that became another one is not over for the parts that still have it.
  one.report("a", "One cannot look: late", {}, { cause: "late" });
  other.report("b", "The other cannot look: down", {}, { cause: "down" });
  assertEquals(take(), ["warning The other cannot look: down"]);
  one.forget("a");
  other.over("b", "The other looks again");
  assertEquals(take(), ["info The other looks again"]);
  one.over("a", "One looks again");
  assertEquals(take(), []);
});
