/**
 * Endpoints: paths with their ids folded, so that `/users/1` and `/users/2` count as one. Bounds
 * how many there are, since clients choose paths.
 *
 * @module
 */

/** What stands for an id. */
const ID = ":id";

/** The endpoint of what was no HTTP request. */
const INVALID_ENDPOINT = "(invalid)";

/** The endpoint of paths beyond the bound, and of unknown paths that were answered by an error. */
const OTHER_ENDPOINT = "(other)";

/** Maximum number of segments and of characters; the rest of a path is left out. */
const MAX_SEGMENTS = 8, MAX_LENGTH = 128;

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const HASH = /^(?=[a-f]*\d)[\da-f]{16,}$/i;
const TOKEN = /^(?=\D*\d)[\w~.%=-]{24,}$/;

/**
 * The endpoint of a path.
 *
 * Shape: "/api//users/42/" → "/api/users/:id"
 */
export function endpointOf(path: string | undefined): string {
  if (path === undefined) return INVALID_ENDPOINT;
  if (!path.startsWith("/")) return path === "*" ? path : INVALID_ENDPOINT;
  const segments = path.slice(0, 1_024).split("/", 64).filter((segment) => segment !== "");
  const shown = segments.slice(0, MAX_SEGMENTS).map(foldSegment);
  if (segments.length > MAX_SEGMENTS) shown.push("…");
  const endpoint = `/${shown.join("/")}`;
  return endpoint.length > MAX_LENGTH
    ? `${endpoint.slice(0, MAX_LENGTH).toWellFormed()}…`
    : endpoint;
}

function foldSegment(segment: string): string {
  const isId = /^\d+$/.test(segment) || UUID.test(segment) || HASH.test(segment) ||
    TOKEN.test(segment);
  return isId ? ID : segment;
}

/** The endpoints that are counted by name. */
export class Endpoints {
  readonly #max: number;
  readonly #known = new Set<string>();

  /**
   * Knows none yet.
   *
   * @param max Maximum number of endpoints.
   */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * The name under which a request is counted. An endpoint becomes known by a response without
   * error, so that a scanner cannot use the bound up.
   */
  nameOf(path: string | undefined, status: number): string {
    const endpoint = endpointOf(path);
    if (endpoint === INVALID_ENDPOINT || this.#known.has(endpoint)) return endpoint;
    const isAnswered = status >= 100 && status < 400;
    if (!isAnswered || this.#known.size >= this.#max) return OTHER_ENDPOINT;
    this.#known.add(endpoint);
    return endpoint;
  }
}
