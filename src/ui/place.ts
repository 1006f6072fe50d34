/**
 * The place in the page, as the fragment of its URL: a view and its parameters, so that links can
 * be shared and work behind any path prefix.
 *
 * @module
 */

/** A view with its parameters. */
export interface Place {
  /** The view, such as "nodes". */
  readonly view: string;
  /** What follows the view, such as a device's id; "" for none. */
  readonly id: string;
  /** The parameters. */
  readonly params: Readonly<Record<string, string>>;
}

/** Reads a fragment: "#/nodes?q=web" or "#/nodes/12". */
export function readPlace(fragment: string): Place {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  const params = Object.fromEntries(new URLSearchParams(query));
  return { view: view === "" ? "overview" : view, id: decode(rest.join("/")), params };
}

/** The fragment of a place; empty parameters are left out. */
export function formatPlace(
  view: string,
  id: string = "",
  params: Readonly<Record<string, string>> = {},
): string {
  const filled = Object.entries(params).filter(([, value]) => value !== "");
  const query = new URLSearchParams(filled).toString();
  const path = id === "" ? view : `${view}/${encodeURIComponent(id)}`;
  return `#/${path}${query === "" ? "" : `?${query}`}`;
}

/**
 * Changes parameters of the place without a step in the browser's history: each letter of a search
 * would otherwise be a step back.
 */
export function changePlace(place: Place, change: Readonly<Record<string, string>>): void {
  history.replaceState(null, "", formatPlace(place.view, "", { ...place.params, ...change }));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
