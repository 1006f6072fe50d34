import { assertEquals } from "@std/assert";
import type { LocalResponse } from "../../src/embedded/_protocol.ts";
import { SelfWatch } from "../../src/embedded/_self_watch.ts";
import { answerOf, FakeWaits, settle } from "./_fake_worker.ts";

/** A watch whose answers the test gives, in the order of the requests. */
function rig() {
  const waits = new FakeWaits();
  const asked: PromiseWithResolvers<LocalResponse>[] = [];
  const told: (string | undefined)[] = [];
  const watch = new SelfWatch({
    ask() {
      const answer = Promise.withResolvers<LocalResponse>();
      asked.push(answer);
      return answer.promise;
    },
    onReport: ({ backend }) => told.push(backend),
    onSilent: (reason) => told.push(`silent: ${reason}`),
    delay: waits.delay,
  });
  const answer = (backend: string) =>
    asked.at(-1)?.resolve(answerOf({ BackendState: backend }) as LocalResponse);
  return { answer, asked, told, waits, watch };
}

Deno.test("SelfWatch.look() asks once more for all that came during a request", async () => {
  const { answer, asked, told, watch } = rig();
  const looks = [watch.look(), watch.look(), watch.look()];
  await settle();
  assertEquals(asked.length, 1);
  answer("NeedsMachineAuth");
  await settle();
  assertEquals(asked.length, 2, "the first answer may be too old for the others");
  answer("Running");
  await Promise.all(looks);
  assertEquals([asked.length, told], [2, ["NeedsMachineAuth", "Running"]]);
  // Asked between the end of a look and whatever waits for it.
  const last = watch.look();
  answer("Stopped");
  await last;
  assertEquals(told.at(-1), "Stopped");
});

Deno.test("SelfWatch gives up a node that tells no status four times in a row, once", async () => {
  const { answer, asked, told, waits, watch } = rig();
  const failures: readonly (() => Promise<void> | void)[] = [
    () => waits.end(12_000),
    () => asked.at(-1)?.reject(new Error("The embedded node is gone")),
    () => asked.at(-1)?.resolve({ status: 500, body: new TextEncoder().encode("x") }),
    () => asked.at(-1)?.resolve({ status: 200, body: new TextEncoder().encode("{") }),
  ];
  const fail = async (by = failures) => {
    for (const failure of by) {
      const look = watch.look();
      await failure();
      await look;
    }
  };
  await fail(failures.slice(0, 3));
  const look = watch.look();
  answer("Running");
  await look;
  assertEquals(told, ["Running"], "three are no fault");
  await fail(failures.slice(1));
  assertEquals(told, ["Running"], "counted anew");
  await fail(failures.slice(0, 1));
  assertEquals(told, ["Running", "silent: No answer within 12 s"]);
  await fail();
  assertEquals(told.length, 2);
  assertEquals(waits.lengths, []);
});
