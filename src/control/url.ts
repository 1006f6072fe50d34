/**
 * The addresses of an API's calls.
 *
 * @module
 */

/**
 * The base URL with further path elements, each escaped; query and fragment are dropped. Host and
 * port stay those of the base whatever its path is, so that a credential goes nowhere else.
 *
 * @throws {TypeError} If an element is empty, "." or "..": a URL resolves these away.
 */
export function joinUrl(base: URL, ...elements: readonly string[]): URL {
  const escaped = elements.map((element) => {
    // Whatever escape they are written with.
    if (element === "" || element === "." || element === "..") {
      throw new TypeError(`Cannot use "${element}" in the path of an API: wanted a name`);
    }
    return encodeURIComponent(element.toWellFormed());
  });
  const url = new URL(base.origin);
  // Not by the constructor, which takes a path that begins with two slashes for a host.
  url.pathname = [base.pathname.replace(/\/+$/, ""), ...escaped].join("/");
  return url;
}
