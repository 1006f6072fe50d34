/**
 * The lint rule for words: phrases that make a reader solve a riddle where the field has a term.
 * Comments are checked everywhere, texts in `src/` and `tools/`, where a user reads them.
 *
 * @module
 */

/** Phrases that are refused, and what to write instead. */
const PHRASES: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bunless told\b/i, instead: 'data, such as "Default: 30 s."' },
  { pattern: /\bso many\b/i, instead: 'the quantity, such as "Maximum number of …"' },
  { pattern: /\b(?:no|some)body\b/i, instead: "the subject: the client, the operator, nothing" },
  { pattern: /\b(?:whoever|for who|who has)\b/i, instead: "the subject: the client, the reader" },
];

/** The phrases of a text, as messages for its author. */
export function findRiddles(text: string): readonly string[] {
  return PHRASES.flatMap(({ pattern, instead }) => {
    const phrase = pattern.exec(text)?.[0];
    return phrase === undefined ? [] : [`"${phrase}" is a riddle: write ${instead}`];
  });
}

/** The rule for a file, by its path from the checkout. */
export function plainEnglish(context: Deno.lint.RuleContext, path: string): Deno.lint.LintVisitor {
  if (!/^(?:src|tests|tools)\//.test(path)) return {};
  const check = (text: string, range: Deno.lint.Range): void => {
    for (const message of findRiddles(text)) context.report({ range, message });
  };
  const visitor: Deno.lint.LintVisitor = {
    Program() {
      for (const { value, range } of context.sourceCode.getAllComments()) check(value, range);
    },
  };
  if (path.startsWith("tests/")) return visitor;
  return {
    ...visitor,
    Literal({ value, range }) {
      if (typeof value === "string") check(value, range);
    },
    TemplateElement({ cooked, range }) {
      check(cooked, range);
    },
  };
}
