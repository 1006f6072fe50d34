import { assertEquals, assertStringIncludes } from "@std/assert";
import { Comparison } from "../fuzz/_comparison.ts";
import { Oracle, oraclePath } from "../fuzz/_oracle.ts";

const TEXT = "text/plain; version=0.0.4";
const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("Oracle reads as a Prometheus server does", async () => {
  const ask = async (page: string, text?: string, contentType = TEXT) => {
    using oracle = new Oracle(oraclePath());
    const ours = text === undefined
      ? undefined
      : { text: encode(text), openmetrics: encode(`${text}# EOF\n`) };
    const answers = await oracle.ask([{ contentType, page: encode(page), ours }]);
    await oracle.close();
    return answers[0] ?? {};
  };
  const own = 'device_id="1",device_name="n"';
  assertEquals(await ask("a 1\n", `a{${own}} 1\n`), {});
  assertEquals(await ask("a 1\na 2\n", `a{${own}} 1\n`).then(({ missing }) => missing), [{
    name: "a",
    labels: { __name__: "a", device_id: "1", device_name: "n" },
    value: "2",
    earlier: true,
  }]);
  assertEquals((await ask("a 1\n", `a{${own}} 2\n`)).extra?.length, 1);
  assertStringIncludes((await ask("a 1 x\n")).device ?? "", "expected timestamp");
  assertStringIncludes((await ask('a{b="1",b="1"} 1\n')).device ?? "", "is not unique");
  assertStringIncludes((await ask("a 1\n", undefined, "")).device ?? "", "blank Content-Type");
  assertStringIncludes((await ask("a 1\n", "a\n")).text ?? "", "expected value");
});

Deno.test("Comparison finds no difference that is not meant", async () => {
  using oracle = new Oracle(oraclePath());
  const options = { seed: 500_000_000, count: 20_000, maxMs: 120_000 };
  const { done, taken, faults } = await new Comparison(oracle).run(options);
  await oracle.close();
  assertEquals([done, faults], [20_000, []]);
  assertEquals(taken > 0.3 * done, true, `${taken} taken`);
});
