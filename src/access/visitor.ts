/**
 * Who made a request: a user, a device and a class, as far as known. Types only, and the classes.
 *
 * @module
 */

/** Where a request came from, as a bounded label value. */
export type UserClass =
  /** A device of the tailnet that a user owns. */
  | "own"
  /** A device of the tailnet that has tags instead of a user. */
  | "tagged"
  /** A device of another tailnet that is shared with this one, or that something is shared with. */
  | "shared"
  /** An address outside of the tailnet: the local network, the internet. */
  | "external"
  /** The machine of tsmetrics or of the web server itself. */
  | "server"
  /** An address of the tailnet whose device is not known. */
  | "unknown";

/** Every {@linkcode UserClass}, in the order in which they are shown. */
export const USER_CLASSES: readonly UserClass[] = [
  "own",
  "tagged",
  "shared",
  "external",
  "server",
  "unknown",
];

/** Who made a request. One object for all requests of the same device. */
export interface Visitor {
  /** The class. */
  readonly userClass: UserClass;
  /** Login name; undefined for tagged devices, and where it is not known. */
  readonly user: string | undefined;
  /** Name of the device; undefined where it is not known. */
  readonly device: string | undefined;
}

/** A visitor of whom the class is all that is known. */
export function anonymous(userClass: UserClass): Visitor {
  return ANONYMOUS[userClass];
}

const ANONYMOUS: Readonly<Record<UserClass, Visitor>> = {
  own: { userClass: "own", user: undefined, device: undefined },
  tagged: { userClass: "tagged", user: undefined, device: undefined },
  shared: { userClass: "shared", user: undefined, device: undefined },
  external: { userClass: "external", user: undefined, device: undefined },
  server: { userClass: "server", user: undefined, device: undefined },
  unknown: { userClass: "unknown", user: undefined, device: undefined },
};
