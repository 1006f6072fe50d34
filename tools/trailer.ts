/**
 * Reads what `deno compile` wrote into an executable besides the code: permissions, flags, embedded
 * environment. The metadata is JSON behind a magic word and its length, near the end of the file.
 *
 * @module
 */

const MAGIC = new TextEncoder().encode("d3n0l4nd");

/** The metadata of a compiled program, as far as we look at it. */
export interface Trailer {
  /** What the program may do: `[]` everything of a kind, `null` nothing, a list just these. */
  readonly permissions: Readonly<Record<string, unknown>>;
  /** Flags given to V8 at compile time. */
  readonly v8_flags: readonly string[];
  /** Variables embedded by `--env-file`; those of the real environment win over them. */
  readonly env_vars_from_env_file: Readonly<Record<string, string>>;
  /** Unstable features switched on. */
  readonly unstable_config: { readonly features: readonly string[] };
  /** Arguments put before those of the command line. */
  readonly argv: readonly string[];
  /** The name under which the program keeps its data. */
  readonly app_name: string;
  /** Anything else that this version of Deno writes. */
  readonly [name: string]: unknown;
}

/**
 * The metadata of a compiled executable.
 *
 * Cost: one scan from the end; a few milliseconds where the program is small.
 *
 * @throws {SyntaxError} If there is none, as in an executable that `deno compile` did not make
 */
export function readTrailer(executable: Uint8Array): Trailer {
  const view = new DataView(executable.buffer, executable.byteOffset, executable.byteLength);
  const opening = MAGIC.length + 8;
  for (let at = executable.length - opening - 2; at >= 0; at -= 1) {
    if (executable[at] !== MAGIC[0] || !MAGIC.every((byte, i) => executable[at + i] === byte)) {
      continue;
    }
    const length = Number(view.getBigUint64(at + MAGIC.length, true));
    const json = executable.subarray(at + opening, at + opening + length);
    // the runtime's own code holds the word too, followed by machine code
    if (json.length < length || json[0] !== 0x7b || json[length - 1] !== 0x7d) continue;
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  }
  throw new SyntaxError("Cannot read metadata: deno compile did not make this executable");
}
