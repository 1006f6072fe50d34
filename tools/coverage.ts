/**
 * `deno task coverage`, last step: judges a report of `deno coverage --lcov`. Deno leaves out files
 * that no test imports; here these count with none of their lines run.
 *
 *     deno run -P=coverage tools/coverage.ts REPORT PERCENT
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";

/** How much of one file ran. */
export interface FileCoverage {
  /** The file, relative to the checkout. */
  readonly path: string;
  /** Lines that can run. */
  readonly lines: number;
  /** Lines that did. */
  readonly hit: number;
}

/** The files of an lcov report, in its order; lines named twice count once, run if either ran. */
export function parseLcov(text: string, root: string): readonly FileCoverage[] {
  const files: FileCoverage[] = [];
  let path = "";
  let runs = new Map<number, number>();
  for (const line of text.split("\n")) {
    if (line.startsWith("SF:")) {
      const name = line.slice(3);
      path = name.startsWith(root) ? name.slice(root.length) : name;
      runs = new Map();
    } else if (line.startsWith("DA:")) {
      const [number = 0, count = 0] = line.slice(3).split(",").map(Number);
      runs.set(number, Math.max(count, runs.get(number) ?? 0));
    } else if (line === "end_of_record") {
      const hit = [...runs.values()].filter((count) => count > 0).length;
      files.push({ path, lines: runs.size, hit });
    }
  }
  return files;
}

/**
 * How many lines of a source text can run: those that are left when types, comments and blank
 * lines are taken away. A file of types only has none.
 */
export function countLines(source: string): number {
  const code = stripTypeScriptTypes(source).replace(
    /\/\*[\s\S]*?\*\//g,
    (comment) => comment.replace(/[^\n]/g, ""),
  );
  return code.split("\n").filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}

/** Coverage of files reported, and of those that are missing from the report. */
export function withMissing(
  reported: readonly FileCoverage[],
  sources: ReadonlyMap<string, string>,
): readonly FileCoverage[] {
  const known = new Set(reported.map((file) => file.path));
  const missing = [...sources].filter(([path]) => !known.has(path))
    .map(([path, source]) => ({ path, lines: countLines(source), hit: 0 }))
    .filter((file) => file.lines > 0);
  return [...reported.filter((file) => sources.has(file.path)), ...missing];
}

/** Lines that ran of lines that can, in percent; 100 where none can. */
export function percent(files: readonly FileCoverage[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const hit = files.reduce((sum, file) => sum + file.hit, 0);
  return lines === 0 ? 100 : 100 * hit / lines;
}

/** Every source file with its text. */
async function readSources(folder: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      for (const [name, text] of await readSources(path)) sources.set(name, text);
    } else if (entry.name.endsWith(".ts")) {
      sources.set(path, await Deno.readTextFile(path));
    }
  }
  return sources;
}

/** Prints the files below the wanted share and the sum; tells whether the sum reaches it. */
async function run(report: string, wanted: number): Promise<number> {
  const reported = parseLcov(await Deno.readTextFile(report), `${Deno.cwd()}/`);
  const files = withMissing(reported, await readSources("src"));
  const weak = files.filter((file) => percent([file]) < wanted)
    .sort((a, b) => percent([a]) - percent([b]));
  for (const file of weak) {
    console.log(`${percent([file]).toFixed(1).padStart(6)} %  ${file.path} (${file.lines} lines)`);
  }
  const all = percent(files);
  console.log(`${all.toFixed(1)} % of the lines of ${files.length} files ran, ${wanted} % wanted`);
  return all >= wanted ? 0 : 1;
}

if (import.meta.main) {
  const [report, wanted] = Deno.args;
  if (report === undefined || !(Number(wanted) > 0)) {
    console.error("Usage: coverage.ts REPORT PERCENT");
    Deno.exit(2);
  }
  Deno.exit(await run(report, Number(wanted)));
}
