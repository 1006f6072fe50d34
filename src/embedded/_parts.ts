/**
 * The Go program and the Worker's code, both texts inside this program, so that no permission is
 * needed and `deno compile` takes them along. `deno task tsnet` makes them; a checkout without them
 * works in every other mode.
 *
 * @module
 */

/** What a node is made of. */
export interface Parts {
  /** The Go program: base64 of the gzipped WebAssembly module. */
  readonly module: string;
  /** The bundled code of the Worker. */
  readonly workerCode: string;
}

/**
 * Loads both.
 *
 * @throws {TypeError} If this build has none.
 */
export async function loadParts(): Promise<Parts> {
  const [module, worker] = await Promise.all([
    import("./dist/module.txt", { with: { type: "text" } }),
    import("./dist/worker.txt", { with: { type: "text" } }),
  ]);
  return { module: String(module.default), workerCode: String(worker.default) };
}
