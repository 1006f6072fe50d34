/**
 * Which content coding a request wants. We know two: gzip and none; what the gzip bytes are is
 * `compress.ts`'s matter.
 *
 * @module
 */

/** A content coding of ours. */
export type Encoding =
  /** One gzip member. */
  | "gzip"
  /** The bytes as they are. */
  | "identity";

/**
 * The coding for a request's `Accept-Encoding`.
 *
 * gzip is chosen where it, its old name `x-gzip` or `*` has a weight above 0 that is not below the
 * weight identity was explicitly given. A weight that is not written as the RFC says counts as 0,
 * and of two weights for one coding the lower counts. Where nothing we have is acceptable
 * (`identity;q=0`, `br, *;q=0`) the answer is identity, never 406: a readable page is worth more to
 * a scraper than a correct refusal.
 *
 * Source: RFC 9110, 12.4.2 and 12.5.3
 *
 * @param header The header's value; null when it is absent, which means identity here.
 */
export function chooseEncoding(header: string | null): Encoding {
  const weights = new Map<string, number>();
  for (const element of (header ?? "").toLowerCase().split(",")) {
    const [coding = "", ...parameters] = element.split(";").map((part) => part.trim());
    const name = coding === "x-gzip" ? "gzip" : coding;
    if (name === "") continue;
    weights.set(name, Math.min(weights.get(name) ?? 1, readWeight(parameters)));
  }
  const gzip = weights.get("gzip") ?? weights.get("*") ?? 0;
  return gzip > 0 && gzip >= (weights.get("identity") ?? 0) ? "gzip" : "identity";
}

function readWeight(parameters: readonly string[]): number {
  if (parameters.length === 0) return 1;
  const [parameter = ""] = parameters;
  const isWeight = parameters.length === 1 && /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(parameter);
  return isWeight ? Number(parameter.slice(2)) : 0;
}
