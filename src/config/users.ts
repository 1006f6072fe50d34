/**
 * `BASIC_AUTH_USERS`: names and bcrypt hashes, as `htpasswd -nB` prints them. Passwords are never
 * read here; `http/auth/password.ts` compares them.
 *
 * @module
 */

import { Secret } from "../secret/secret.ts";
import { defineKind, type Kind } from "./kind.ts";
import { quoteHidden } from "./quote.ts";

/** A user of basic authentication. */
export interface BasicAuthUser {
  /** The name, without colon or comma. */
  readonly name: string;
  /** The bcrypt hash of the password. */
  readonly hash: Secret;
  /** The cost of the hash: one more doubles the time of a login. */
  readonly cost: number;
}

const NAME = /^[^\p{Cc}:,]{1,100}$/u;
const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Each step of the cost doubles the time of a login: 14 takes about 2 s. */
const MAX_COST = 14;
const MIN_COST = 4;

const MAX_USERS = 100;

/** Users with their hashes: `NAME:HASH` items, separated by commas or line ends. */
export function basicAuthUsers(): Kind<readonly BasicAuthUser[]> {
  return defineKind({
    placeholder: "SECRET",
    wanted: "NAME:HASH of each user, separated by commas or line ends, with bcrypt hashes as " +
      "`htpasswd -nBC 10 NAME` prints them",
    isSecret: true,
    parse(text) {
      const items = itemsOf(text);
      const users = items.map(readUser);
      return users.length > 0 && faultOf(items) === undefined
        ? users.filter((user) => user !== undefined)
        : undefined;
    },
    describe: () => "set",
    quote: quoteHidden,
    explain: (text) => faultOf(itemsOf(text)),
  });
}

function itemsOf(text: string): readonly string[] {
  return text.replaceAll("\\n", "\n").split(/[,\r\n]/).map((item) => item.trim())
    .filter((item) => item !== "");
}

/** The part before the first colon, and what follows it; a blank may stand there, as in YAML. */
function splitItem(item: string): readonly [name: string, hash: string] {
  const colon = item.indexOf(":");
  return colon < 0 ? [item, ""] : [item.slice(0, colon).trim(), item.slice(colon + 1).trim()];
}

function readUser(item: string): BasicAuthUser | undefined {
  const [name, hash] = splitItem(item);
  const cost = Number(HASH.exec(hash)?.[1]);
  return NAME.test(name) && cost >= MIN_COST && cost <= MAX_COST
    ? { name, hash: new Secret(hash), cost }
    : undefined;
}

/** What is wrong with the first faulty item. It says its number, because its text is secret. */
function faultOf(items: readonly string[]): string | undefined {
  if (items.length > MAX_USERS) return `got ${items.length} users, want at most ${MAX_USERS}`;
  const names = new Set<string>();
  for (const [index, item] of items.entries()) {
    const [name, hash] = splitItem(item);
    const user = `user ${index + 1}`;
    if (!NAME.test(name)) return `got no name for ${user}, want NAME:HASH`;
    if (names.has(name)) return `got the name of ${user} twice, want one hash for each name`;
    names.add(name);
    const fault = faultOfHash(hash, user);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfHash(hash: string, user: string): string | undefined {
  const want = "want a bcrypt hash as `htpasswd -nBC 10 NAME` prints it";
  if (hash === "") return `got no hash for ${user}, ${want}`;
  const cost = Number(HASH.exec(hash)?.[1]);
  if (cost >= MIN_COST && cost <= MAX_COST) return undefined;
  if (!Number.isNaN(cost)) {
    return `got a hash of cost ${cost} for ${user}, want a cost from ${MIN_COST} to ${MAX_COST}, ` +
      "because each login costs that much CPU";
  }
  const [, kind] = /^(\$[a-z0-9-]{1,12}\$|\{[A-Z0-9]{1,12}\})/.exec(hash) ?? [];
  if (kind !== undefined && !kind.startsWith("$2")) {
    return `got another kind of hash (${kind}) for ${user}, ${want}`;
  }
  // Shells and .env files take $2y and $10 for variables, and put nothing in their place.
  return `got no complete hash for ${user}, ${want}. If a shell or a .env file has replaced its $ ` +
    "signs, put the value in single quotes (but for `docker run --env-file`, which keeps them); " +
    "in a compose file write $$ for each";
}
