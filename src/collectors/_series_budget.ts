/**
 * Admission of devices below a maximum number of series. An admitted device stays admitted; of
 * those that appear in the same cycle the oldest are admitted first, so that two replicas, or a
 * restart, decide alike, whichever page arrived first.
 *
 * @module
 */

/** What the budget knows of one device. */
interface Seat {
  readonly id: string;
  /** The older the device the smaller; equal ones are told apart by id. */
  readonly rank: number;
  /** The most series it has brought since it is in; the latest while it is not. */
  size: number;
  /** "new" = in since this cycle, and not for sure before its end. */
  state: "out" | "new" | "in";
  /** The cycle in which it has asked last. */
  cycle: number;
}

/** Gives room to devices, up to a number of series. */
export class SeriesBudget {
  /** How many series there may be. */
  readonly limit: number;
  readonly #seats = new Map<string, Seat>();
  /** Those that came in in this cycle, oldest first; some may be out again. */
  #newcomers: Seat[] = [];
  /** Those that were in before, oldest first; some are out. Made at a cycle's first eviction. */
  #settled: Seat[] | undefined;
  #cycle = 0;
  #taken = 0;
  #outCount = 0;

  /** An unused budget. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many devices are left out. */
  get outCount(): number {
    return this.#outCount;
  }

  /**
   * Asks for room for a device's page. A device keeps the room for the largest page that it has
   * brought, so that one that grows and shrinks does not push others out and in.
   *
   * @param rank When the device was created, or any number that grows with time.
   * @returns Whether it is admitted, and which devices are evicted for it: the newest, perhaps the
   *   device itself.
   */
  ask(
    id: string,
    rank: number,
    samples: number,
  ): { readonly isIn: boolean; readonly out: readonly string[] } {
    let seat = this.#seats.get(id);
    if (seat === undefined) {
      seat = { id, rank, size: 0, state: "out", cycle: 0 };
      this.#seats.set(id, seat);
      this.#outCount += 1;
    }
    seat.cycle = this.#cycle;
    if (seat.state === "out") {
      seat.size = samples;
      if (this.#taken + samples <= this.limit) this.#seat(seat, "new");
      return { isIn: seat.state !== "out", out: [] };
    }
    this.#taken += Math.max(0, samples - seat.size);
    seat.size = Math.max(seat.size, samples);
    const out: string[] = [];
    while (this.#taken > this.limit) {
      const newest = this.#newest();
      if (newest === undefined) break;
      this.#unseat(newest);
      out.push(newest.id);
    }
    return { isIn: !out.includes(id), out };
  }

  /** Gives a device's room back, for one that is gone. */
  release(id: string): void {
    const seat = this.#seats.get(id);
    if (seat === undefined) return;
    if (seat.state !== "out") this.#unseat(seat);
    this.#seats.delete(id);
    this.#outCount -= 1;
  }

  /**
   * Ends a cycle: orders those that came in it by age. A device that is admitted by then stays.
   *
   * @returns The evicted devices; those admitted instead show with their next page.
   */
  settle(): readonly string[] {
    const newcomers: Seat[] = [];
    const before = new Set<string>();
    if (this.#outCount > 0) {
      for (const seat of this.#seats.values()) {
        if (seat.state === "new") {
          before.add(seat.id);
          this.#unseat(seat);
        }
        if (seat.state === "out" && seat.cycle === this.#cycle) newcomers.push(seat);
      }
      newcomers.sort(byAge);
    }
    for (const seat of newcomers) {
      if (this.#taken + seat.size <= this.limit) this.#seat(seat, "in");
    }
    for (const seat of this.#newcomers) if (seat.state === "new") seat.state = "in";
    this.#newcomers = [];
    this.#settled = undefined;
    this.#cycle++;
    return newcomers.filter(({ id, state }) => state === "out" && before.has(id))
      .map(({ id }) => id);
  }

  #seat(seat: Seat, state: "new" | "in"): void {
    seat.state = state;
    if (state === "new") insert(this.#newcomers, seat);
    this.#taken += seat.size;
    this.#outCount -= 1;
  }

  #unseat(seat: Seat): void {
    seat.state = "out";
    this.#taken -= seat.size;
    this.#outCount += 1;
  }

  /** Those of this cycle before all others, then the youngest. */
  #newest(): Seat | undefined {
    const newcomer = lastOf(this.#newcomers, "new");
    if (newcomer !== undefined) return newcomer;
    this.#settled ??= [...this.#seats.values()].filter(({ state }) => state === "in").sort(byAge);
    return lastOf(this.#settled, "in");
  }
}

/** The last seat of this state; those after it are removed. */
function lastOf(seats: Seat[], state: Seat["state"]): Seat | undefined {
  for (let last = seats.at(-1); last !== undefined; last = seats.at(-1)) {
    if (last.state === state) return last;
    seats.pop();
  }
  return undefined;
}

/** Inserts a seat by its age. */
function insert(seats: Seat[], seat: Seat): void {
  let [from, to] = [0, seats.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = seats[middle];
    if (other !== undefined && byAge(other, seat) < 0) from = middle + 1;
    else to = middle;
  }
  seats.splice(from, 0, seat);
}

/** Oldest first. Ids are numbers that grow, but not always: the longer is the greater. */
function byAge(a: Seat, b: Seat): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : 1;
}
