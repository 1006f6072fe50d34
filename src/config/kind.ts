/**
 * Kinds of values: how a setting's text is read, what is wanted of it, and how its value is shown.
 * The plain kinds are here; durations, addresses, lists and PEM have their own files.
 *
 * @module
 */

import { Secret } from "../secret/secret.ts";
import { quoteHidden, quoteOpen } from "./quote.ts";

/** One kind of value. */
export interface Kind<T> {
  /** Stands for the value in the help, "DURATION"; "" for a switch. */
  readonly placeholder: string;
  /** Completes "want …": article, what, bounds. */
  readonly wanted: string;
  /**
   * Completes "Takes …" in files that explain the kinds once at their top: the bounds alone, or ""
   * for nothing. Default: `wanted`.
   */
  readonly brief?: string;
  /** Never shown anywhere, and no flag: other processes can read a command line. */
  readonly isSecret: boolean;
  /** The flag alone means "true". */
  readonly isSwitch: boolean;
  /** The words that it takes, where it takes no others: completion offers them. */
  readonly words?: readonly string[];
  /** The value of a text that was trimmed; `undefined` if the text is not what is wanted. */
  parse(text: string): T | undefined;
  /** The value as `/debug` shows it, made for JSON. */
  describe(value: T): unknown;
  /** The text as a fault shows it. */
  quote(text: string): string;
  /** Why a text is refused and what to do, where `wanted` does not say it. */
  explain?(text: string): string | undefined;
  /** What to warn of although the text is taken, as a sentence that follows the setting's name. */
  remark?(text: string): string | undefined;
}

/** The parts of a kind that have to be told; the rest are those of open, plain values. */
export type KindParts<T> =
  & Pick<Kind<T>, "placeholder" | "wanted" | "parse">
  & Partial<Kind<T>>;

/** Completes the parts of a kind. */
export function defineKind<T>(parts: KindParts<T>): Kind<T> {
  return {
    isSecret: false,
    isSwitch: false,
    describe: (value) => value,
    quote: quoteOpen,
    ...parts,
  };
}

/** A whole number within bounds, both included. */
export function integer(least: number, most: number): Kind<number> {
  return defineKind({
    placeholder: "NUMBER",
    wanted: `a whole number from ${least} to ${most}`,
    brief: `${least} to ${most}`,
    parse: (text) => /^\d{1,9}$/.test(text) ? within(Number(text), least, most) : undefined,
  });
}

/** A number within bounds, both included, with or without a fraction. */
export function decimal(least: number, most: number): Kind<number> {
  return defineKind({
    placeholder: "NUMBER",
    wanted: `a number from ${least} to ${most}`,
    brief: `${least} to ${most}`,
    parse: (text) =>
      /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? within(Number(text), least, most) : undefined,
  });
}

/**
 * Reads a word for on or off, in any case: the same words wherever a setting is a switch.
 *
 * @returns undefined for any other word.
 */
export function parseSwitch(text: string): boolean | undefined {
  if (/^(?:true|yes|on|1)$/i.test(text)) return true;
  if (/^(?:false|no|off|0)$/i.test(text)) return false;
  return undefined;
}

/** A switch whose value is `true` or `false`. */
export function boolean(): Kind<boolean> {
  return defineKind({
    placeholder: "",
    wanted: "true or false, yes or no, on or off, 1 or 0",
    brief: "",
    isSwitch: true,
    words: ["true", "false"],
    parse: parseSwitch,
  });
}

/** A switch whose value is `on` or `off`. */
export function onOff(): Kind<"off" | "on"> {
  return defineKind({
    placeholder: "",
    wanted: "on or off, true or false, yes or no, 1 or 0",
    brief: "",
    isSwitch: true,
    words: ["on", "off"],
    parse: (text) => {
      const isOn = parseSwitch(text);
      return isOn === undefined ? undefined : isOn ? "on" : "off";
    },
  });
}

/** One of some words, in any case. */
export function oneOf<T extends string>(...words: readonly T[]): Kind<T> {
  return defineKind({
    placeholder: "WORD",
    words,
    wanted: `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
    parse: (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()),
  });
}

/**
 * A kind that takes further spellings of its values, in any case.
 *
 * @param spellings Each spelling in lower case, and the text that it stands for.
 */
export function alsoSpelled<T>(
  kind: Kind<T>,
  spellings: Readonly<Record<string, string>>,
): Kind<T> {
  const texts = new Map(Object.entries(spellings));
  return { ...kind, parse: (text) => kind.parse(texts.get(text.toLowerCase()) ?? text) };
}

/** A TCP port, from `least` to 65535; `:9100`, as addresses are often written, is 9100. */
export function port(least: 0 | 1): Kind<number> {
  const { parse, ...rest } = integer(least, 65_535);
  return { ...rest, parse: (text) => parse(text.replace(/^:/, "")) };
}

/** Text that matches an expression; `wanted` says in words what the expression says. */
export function text(wanted: string, expression: RegExp, placeholder = "TEXT"): Kind<string> {
  return defineKind({
    placeholder,
    wanted,
    parse: (given) => expression.test(given) ? given : undefined,
  });
}

/** A credential: printable ASCII without blanks, as a header can carry it. */
export function secret(): Kind<Secret> {
  return { ...secretOf(1, Infinity, "printable ASCII characters without blanks"), brief: "" };
}

/**
 * A credential that we ask for ourselves: not to be guessed, and room for it in a request's head.
 */
export function token(): Kind<Secret> {
  const wanted = "16 to 4096 printable ASCII characters without blanks";
  return secretOf(16, 4096, `${wanted}; \`openssl rand -base64 32\` makes such a token`);
}

function secretOf(least: number, most: number, wanted: string): Kind<Secret> {
  return defineKind({
    placeholder: "SECRET",
    wanted,
    isSecret: true,
    parse: (given) =>
      within(given.length, least, most) !== undefined && /^[!-~]+$/.test(given)
        ? new Secret(given)
        : undefined,
    describe: () => "set",
    quote: quoteHidden,
    explain: explainHeader,
  });
}

/** A credential copied with the header that it stood in. */
function explainHeader(given: string): string | undefined {
  const [, head] = /^((?:authorization:\s*)?(?:bearer|basic|token))\s+\S/i.exec(given) ?? [];
  return head && `got a value that begins with "${head}", want what follows it alone`;
}

function within(value: number, least: number, most: number): number | undefined {
  return value >= least && value <= most ? value : undefined;
}
