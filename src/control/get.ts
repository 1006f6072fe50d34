/**
 * Reading calls of an API with a bearer token, which is renewed once after a 401. A new subject of
 * an API is one more call; what it is and how its answer is read is the caller's part.
 *
 * @module
 */

import { ApiError } from "../errors.ts";
import { type ApiRequest, type Send } from "./request.ts";

/** Gives bearer tokens. */
export interface TokenSource {
  /**
   * A token that is believed to be good.
   *
   * @throws {ApiError} If there is none.
   */
  token(signal?: AbortSignal): Promise<string>;
  /** Says that the API refused this token; the next call of `token` gets another where it can. */
  invalidate(token: string): void;
  /** Unix seconds at which the token expires; undefined where that is not known. */
  expiresAtSeconds(): number | undefined;
}

/** What is asked, and how the answer is read. */
export type ApiGet<T> = Omit<ApiRequest<T>, "body" | "headers" | "method">;

/**
 * Asks, and gives what was read of the answer.
 *
 * @throws {ApiError} For every failure.
 * @throws The signal's reason, if the caller gives up.
 */
export type Get = <T>(call: ApiGet<T>, signal?: AbortSignal) => Promise<T>;

/** The function that makes all reading calls of one API. */
export function createGet(send: Send, tokens: TokenSource): Get {
  function ask<T>(call: ApiGet<T>, token: string, signal?: AbortSignal): Promise<T> {
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    return send({ ...call, method: "GET", headers }, signal);
  }

  return async function get(call, signal) {
    const token = await tokens.token(signal);
    try {
      return await ask(call, token, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure !== "unauthorized") throw error;
      tokens.invalidate(token);
      const renewed = await tokens.token(signal);
      if (renewed === token) throw error;
      return await ask(call, renewed, signal);
    }
  };
}
