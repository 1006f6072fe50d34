/**
 * Reads what lies under `tests/_fixtures/`, whatever directory the tests are started in.
 *
 * @module
 */

function locate(path: string): URL {
  return new URL(`../_fixtures/${path}`, import.meta.url);
}

/**
 * A fixture as text, exactly: a byte order mark and line ends stay.
 *
 * @param path Relative to `tests/_fixtures/`, "vectors/negotiation.json".
 * @throws {TypeError} If the file is not UTF-8.
 */
export function fixtureText(path: string): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fixtureBytes(path));
}

/** A fixture as bytes. */
export function fixtureBytes(path: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(locate(path));
}

/**
 * A fixture as parsed JSON.
 *
 * The caller says what it holds; a fixture is part of the tests and trusted.
 */
export function fixtureJson<T>(path: string): T {
  return JSON.parse(fixtureText(path));
}
