/**
 * The order of a list that is sent page by page: its parameters `sort`, `limit` and `cursor`, and
 * the choice of the elements of one page.
 *
 * @module
 */

import { comparePlaces, decodeCursor, encodeCursor, type Place, type SortKey } from "./cursor.ts";
import { FirstElements } from "./first.ts";
import {
  cursorParameter,
  integerParameter,
  type Parameter,
  type ParameterFault,
  type Query,
  wordParameter,
} from "./parameter.ts";

/** Elements of a page. */
const LIMIT = 100;

/** What a {@linkcode ListOrder} is made of. */
export interface ListOrderOptions<T, Context> {
  /** What the elements are called, in the plural. */
  readonly elements: string;
  /** The sort keys of an element by the words of `sort`; `name` is one of them. */
  readonly keys: Readonly<Record<string, (element: T, context: Context) => SortKey>>;
  /** Minimum of `limit`. Default: 1. */
  readonly minLimit?: number;
}

/** One page of a list. */
export interface ListPage<T> {
  /** Its elements, in order. */
  readonly elements: readonly T[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/**
 * The orders of a list. Default: by name. Sort keys may need more than the element, such as the
 * time: the context.
 */
export class ListOrder<T, Context = void> {
  /** The parameters `sort`, `limit` and `cursor`. */
  readonly parameters: readonly Parameter[];
  readonly #keys: ListOrderOptions<T, Context>["keys"];
  readonly #cursor: Parameter = cursorParameter(
    "Where to go on: `next` of the page before, with the same order.",
  );

  /** The orders that the keys make possible, ascending and descending. */
  constructor({ elements, keys, minLimit = 1 }: ListOrderOptions<T, Context>) {
    this.#keys = keys;
    this.parameters = [
      wordParameter(
        "sort",
        Object.keys(keys).flatMap((name) => [name, `-${name}`]),
        `The order of ${elements}; a leading minus turns it round. Default: name.`,
      ),
      integerParameter(
        "limit",
        { min: minLimit, max: 1000, fallback: LIMIT },
        `Maximum number of ${elements}.`,
      ),
      this.#cursor,
    ];
  }

  /** Checks that a cursor belongs to the order. */
  check(query: Query): ParameterFault | undefined {
    const cursor = query.one("cursor");
    if (cursor === undefined || decodeCursor(sortOf(query), cursor) !== undefined) return undefined;
    return { parameter: "cursor", value: cursor.slice(0, 100), allowed: this.#cursor.allowed };
  }

  /** Starts the page that a query asks for. */
  begin(query: Query, context: Context): PageBuilder<T> {
    const keyOf = this.#keys[sortOf(query).replace("-", "")] ?? (() => null);
    return new PageBuilder(query, (element) => keyOf(element, context));
  }
}

/** Takes all elements of a list, in any order, and gives those of one page. */
export class PageBuilder<T> {
  readonly #sort: string;
  readonly #isDescending: boolean;
  readonly #start: Place | undefined;
  readonly #keyOf: (element: T) => SortKey;
  readonly #first: FirstElements<Place & { readonly element: T }>;

  /** Has no elements yet. */
  constructor(query: Query, keyOf: (element: T) => SortKey) {
    this.#sort = sortOf(query);
    this.#isDescending = this.#sort.startsWith("-");
    this.#start = decodeCursor(this.#sort, query.one("cursor") ?? "");
    this.#keyOf = keyOf;
    this.#first = new FirstElements(query.integer("limit", LIMIT), (a, b) => this.#compare(a, b));
  }

  /** Takes an element; its id must be unique in the list. */
  add(id: string, element: T): void {
    const candidate = { key: finite(this.#keyOf(element)), id, element };
    if (this.#start === undefined || this.#compare(candidate, this.#start) > 0) {
      this.#first.add(candidate);
    }
  }

  /** The page, once all elements were taken. */
  end(): ListPage<T> {
    const page = this.#first.inOrder();
    const last = page.at(-1);
    return {
      elements: page.map(({ element }) => element),
      next: last !== undefined && this.#first.count > page.length
        ? encodeCursor(this.#sort, last)
        : null,
    };
  }

  #compare(a: Place, b: Place): number {
    return comparePlaces(a, b, this.#isDescending);
  }
}

function sortOf(query: Query): string {
  return query.one("sort") ?? "name";
}

/** A key that JSON can hold. */
function finite(key: SortKey): SortKey {
  return key === Infinity ? Number.MAX_SAFE_INTEGER : key;
}
