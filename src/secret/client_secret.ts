/**
 * An OAuth client's secret with attributes, which Tailscale's own programs take in place of an auth
 * key: `tskey-client-…[?ephemeral=false&preauthorized=true&baseURL=https://…]`. A leaf: imports
 * nothing.
 *
 * @module
 */

/** The parts of such a text. */
export interface ClientSecret {
  /** The secret itself. */
  readonly secret: string;
  /** Whether nodes of the key are removed soon after they went offline. Default: true. */
  readonly isEphemeral: boolean;
  /** Whether nodes of the key need no approval. Default: false. */
  readonly isPreauthorized: boolean;
  /** The API. Default: Tailscale's. */
  readonly baseUrl: URL;
  /** Whether the text has the address of the API. */
  readonly hasBaseUrl: boolean;
}

/** Attributes that may follow the secret. */
const ATTRIBUTES: readonly string[] = ["ephemeral", "preauthorized", "baseURL"];

/** Whether the text is an OAuth client's secret; `hskey-` is headscale's. */
export function isClientSecret(text: string): boolean {
  return /^[th]skey-client-/.test(text);
}

/**
 * Reads an OAuth client's secret.
 *
 * @throws {SyntaxError} If an attribute is unknown or has no such value; never quotes the secret.
 */
export function parseClientSecret(text: string): ClientSecret {
  const question = text.indexOf("?");
  const attributes = new URLSearchParams(question < 0 ? "" : text.slice(question + 1));
  const unknown = [...attributes.keys()].find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined) {
    throw new SyntaxError(`got the attribute "${unknown}", want ${ATTRIBUTES.join(", ")}`);
  }
  const base = attributes.get("baseURL") ?? "";
  const baseUrl = URL.parse(base === "" ? "https://api.tailscale.com" : base);
  const isPlain = baseUrl !== null && /^https?:$/.test(baseUrl.protocol) &&
    [baseUrl.username, baseUrl.password, baseUrl.search, baseUrl.hash].every((part) => part === "");
  if (!isPlain) {
    throw new SyntaxError(
      "got a baseURL that is none, want an http or https URL without user info and query",
    );
  }
  return {
    secret: question < 0 ? text : text.slice(0, question),
    isEphemeral: readFlag(attributes, "ephemeral", true),
    isPreauthorized: readFlag(attributes, "preauthorized", false),
    baseUrl,
    hasBaseUrl: base !== "",
  };
}

function readFlag(attributes: URLSearchParams, name: string, fallback: boolean): boolean {
  const text = attributes.get(name);
  if (text === null || text === "") return fallback;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw new SyntaxError(`got ${name}="${text}", want true or false`);
}
