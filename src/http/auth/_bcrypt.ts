/**
 * bcrypt by the package `bcryptjs`, in slices of 8 ms. A hash takes 50 ms to 2 s of CPU. By itself
 * the package yields every 100 ms, by `setImmediate`, which lets no socket have a turn: so its
 * source is loaded as text, and both are changed.
 *
 * @module
 */

import source from "bcryptjs" with { type: "text" };
import { nextTurn } from "../../time/turn.ts";

/** What is used of the package. */
interface Bcrypt {
  compare(password: string, hash: string): Promise<boolean>;
  /** Ours: what is called between two slices. */
  useTurn(turn: () => Promise<void>): void;
}

/** What is replaced in the source: each text has to be there once. */
const CHANGES: readonly (readonly [text: string, by: string])[] = [
  ["MAX_EXECUTION_TIME = 100;", "MAX_EXECUTION_TIME = 8;"],
  // It makes salts, which are not needed. Loaded as text, the module resolves no import.
  ['import nodeCrypto from "crypto";', "const nodeCrypto = undefined;"],
];

/** Put before the source, whose `setImmediate` is this one. */
const HEAD = `
let turn;
const setImmediate = (callback) => void turn().then(callback);
export function useTurn(given) { turn = given; }
`;

let loading: Promise<Bcrypt> | undefined;

/**
 * Compares a password with a bcrypt hash. Of a password the first 72 bytes count.
 *
 * @throws {SyntaxError} If the package is another version than the one that was adapted.
 */
export async function compareBcrypt(password: string, hash: string): Promise<boolean> {
  const { compare } = await (loading ??= load());
  return await compare(password, hash);
}

async function load(): Promise<Bcrypt> {
  // The package's own types describe the module, not its text.
  const text = adaptSource(source as unknown as string);
  const bcrypt: Bcrypt = await import(`data:text/javascript,${encodeURIComponent(HEAD + text)}`);
  bcrypt.useTurn(nextTurn);
  return bcrypt;
}

/**
 * The source with shorter slices and without imports.
 *
 * @throws {SyntaxError} If a text that is to be replaced is not there once.
 */
export function adaptSource(text: string): string {
  return CHANGES.reduce((changed, [from, to]) => {
    const parts = changed.split(from);
    if (parts.length !== 2) {
      throw new SyntaxError(
        `Cannot use bcryptjs: got "${from}" ${parts.length - 1} times, want once`,
      );
    }
    return parts.join(to);
  }, text);
}
