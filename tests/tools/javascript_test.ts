import { assert, assertEquals, assertThrows } from "@std/assert";
import { stageProgram, toJavaScript } from "../../tools/javascript.ts";

Deno.test("toJavaScript() makes blanks of types, and keeps each line and column", () => {
  assertEquals(
    toJavaScript(`import { type A, b } from "./b.ts";
import type { C } from "../c.ts";
export { d } from "./d.ts";
import "./e.ts";
const text = \`a: number   \`; // import("./f.ts")
const f = await import("./f.ts");
const g = await import(
  "./g.ts"
);
export function h(i: number): i is 1 {
  return b<A>(i)!;
}
`),
    `import {         b } from "./b.js";

export { d } from "./d.js";
import "./e.js";
const text = \`a: number   \`; // import("./f.js")
const f = await import("./f.js");
const g = await import(
  "./g.js"
);
export function h(i        )         {
  return b   (i) ;
}
`,
  );
});

Deno.test("toJavaScript() leaves what names no module of ours, and refuses what makes code", () => {
  const text = `import a from "a.ts";
import b from "./b.txt" with { type: "text" };
const c = "./c.ts";
`;
  assertEquals(toJavaScript(text), text);
  assertThrows(() => toJavaScript("enum A { B }"), SyntaxError);
});

Deno.test("stageProgram() makes modules that load, at the time of their sources", async () => {
  await Deno.mkdir(".tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: ".tmp", prefix: "javascript-" });
  try {
    const entry = await stageProgram(folder);
    assertEquals(entry, `${folder}/src/main.js`);
    const [source, result] = await Promise.all(
      ["src/main.ts", entry].map((path) => Deno.stat(path)),
    );
    assertEquals(result?.mtime, source?.mtime);

    // The entry would run the program.
    const paths = (await filesBelow(folder)).filter((path) =>
      path.endsWith(".js") && path !== "src/main.js"
    );
    assert(paths.length > 300, `${paths.length} modules`);
    const loader = paths.map((path) => `import "./${path}";\n`).join("");
    await Deno.writeTextFile(`${folder}/loader.js`, loader);
    const loading = run(`${folder}/loader.js`);
    const asking = run(entry, "version");
    assertEquals(await loading, [0, "", ""]);
    const [code, stdout, stderr] = await asking;
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.startsWith("tsmetrics "), true, stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("stageProgram() makes a program whose errors name the lines of the sources", async () => {
  const source = await Deno.readTextFile("src/http/connection.ts");
  const result = toJavaScript(source).split("\n");
  source.split("\n").forEach((line, index) => {
    const at = line.indexOf("throw new ");
    if (at !== -1) assertEquals(result[index]?.indexOf("throw new "), at, line);
  });
});

/** The files below a folder, as paths from there. */
async function filesBelow(folder: string, within = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { isDirectory, name } of Deno.readDir(`${folder}/${within}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${within}${name}/`));
    else found.push(within + name);
  }
  return found.sort();
}

/** Exit code, standard output and standard error of a module in the program's sandbox. */
async function run(...args: readonly string[]): Promise<readonly [number, string, string]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P", "--no-prompt", ...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const [output = "", errors = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return [code, output, errors];
}
