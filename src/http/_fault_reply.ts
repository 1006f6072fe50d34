/**
 * The answer to a request with a parameter that is refused, the same for all that take parameters.
 *
 * @module
 */

import type { ParameterFault } from "../api/mod.ts";
import { jsonReply } from "./reply.ts";

/** Status 400: names the parameter, its value and what is allowed. */
export function faultReply({ allowed, parameter, value }: ParameterFault): Response {
  const error = `Bad parameter ${parameter}: got "${value}", want ${allowed}`;
  return jsonReply(400, { error, parameter, value, allowed });
}
