/**
 * Says who made a request: by the device lists of control planes, by tailscaled, or by the login
 * that `tailscale serve` passes on, whichever there is.
 *
 * @module
 */

import { isInTailscaleRange, isLoopbackAddress } from "../range.ts";
import type { AddressBook } from "./address_book.ts";
import type { Client } from "./client_address.ts";
import { anonymous, type Visitor } from "./visitor.ts";

/** What {@linkcode Visitors} asks. */
export interface VisitorsOptions {
  /** Who had an address when. */
  readonly book: AddressBook;
  /** Whether a device of a device list has the address now. */
  readonly isListed: (address: string) => boolean;
  /**
   * Makes sure that the book knows an address that is not listed; undefined if there is nothing to
   * wait for. Default: nothing can be asked.
   */
  readonly prepare?: ((address: string) => Promise<void> | undefined) | undefined;
  /** Whether an address is this host's own, loopback left out. Default: none is. */
  readonly isOwnAddress?: ((address: string) => boolean) | undefined;
}

/** Tells visitors. */
export class Visitors {
  readonly #options: VisitorsOptions;

  /** Asks these. */
  constructor(options: VisitorsOptions) {
    this.#options = options;
  }

  /**
   * Who made a request.
   *
   * @param atMs When it was made, in milliseconds since 1970: who had the address then.
   * @returns A promise, which never rejects, if tailscaled has to be asked.
   */
  find(client: Client, atMs: number): Visitor | Promise<Visitor> {
    const { address } = client;
    const { isListed, isOwnAddress, prepare } = this.#options;
    if (isLoopbackAddress(address) || isOwnAddress?.(address) === true) {
      return withLogin(anonymous("server"), client);
    }
    const isTailnet = isListed(address) || isInTailscaleRange(address);
    const asked = isTailnet && !isListed(address) ? prepare?.(address) : undefined;
    return asked === undefined
      ? this.#lookUp(client, atMs, isTailnet)
      : asked.then(() => this.#lookUp(client, atMs, isTailnet));
  }

  /** Who made a request as far as is known; does not ask tailscaled. */
  findKnown(client: Client, atMs: number): Visitor {
    const { address } = client;
    const isTailnet = this.#options.isListed(address) || isInTailscaleRange(address);
    return this.#lookUp(client, atMs, isTailnet);
  }

  #lookUp(client: Client, atMs: number, isTailnet: boolean): Visitor {
    const known = this.#options.book.find(client.address, atMs);
    return withLogin(known ?? anonymous(isTailnet ? "unknown" : "external"), client);
  }
}

/** A login that a trusted proxy vouches for is the user's, whatever the address tells. */
function withLogin(visitor: Visitor, { login }: Client): Visitor {
  if (login === undefined || visitor.user === login) return visitor;
  const isNamed = visitor.userClass === "own" || visitor.userClass === "shared";
  return { ...visitor, user: login, userClass: isNamed ? visitor.userClass : "own" };
}
