/**
 * A value that must never be shown. Everything that prints, logs or serialises an object meets one
 * of the methods below, and each of them hides the value; only {@linkcode Secret.reveal} gives it.
 *
 * @module
 */

/** What stands where a secret would have stood. */
export const REDACTED = "[redacted]";

/** A credential, token or key that is shown by {@linkcode Secret.reveal} only. */
export class Secret {
  readonly #value: string;

  /** Keeps a text from view. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself; call it only where the value goes onto the wire. */
  reveal(): string {
    return this.#value;
  }

  /** {@linkcode REDACTED}. */
  toString(): string {
    return REDACTED;
  }

  /** {@linkcode REDACTED}, so that `JSON.stringify` of a holder is safe. */
  toJSON(): string {
    return REDACTED;
  }

  /** {@linkcode REDACTED}, so that `console.log` of a holder is safe. */
  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  /** {@linkcode REDACTED}, for `node:util`'s `inspect`, which some log sinks use. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

/** User names shorter than this are words like any other, and not hidden. */
const MIN_USERNAME = 8;

/**
 * What must be hidden of a login at a proxy: the user name, the password, and what goes onto the
 * wire of both.
 */
export function loginSecrets(username: string, password: string): readonly Secret[] {
  const basic = new TextEncoder().encode(`${username}:${password}`).toBase64();
  const names = username.length < MIN_USERNAME ? [] : [username];
  return [...names, password, basic].map((value) => new Secret(value));
}
