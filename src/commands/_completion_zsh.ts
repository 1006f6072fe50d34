/**
 * Completion for zsh, by its function `_arguments`.
 *
 * @module
 */

import { COMMAND_WORDS, FLAG_WORDS, type FlagWord } from "../config/vocabulary.ts";

/** The script, for `/usr/share/zsh/vendor-completions/_tsmetrics` or `source`. */
export function zshCompletion(): string {
  const commands = COMMAND_WORDS.map(({ name, help }) => `${name}\\:${quote(help)}`).join(" ");
  const following = COMMAND_WORDS.filter(({ words }) => words.length > 0).map(({ name, words }) =>
    `    ${name}) _values 'word' ${words.join(" ")} ;;`
  );
  return `#compdef tsmetrics tsmetrics-host
# Completion of zsh for tsmetrics: source <(tsmetrics completion zsh)

_tsmetrics() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${FLAG_WORDS.map((word) => `    ${specOf(word)} \\`).join("\n")}
    '1:command:((${commands}))' \\
    '2::word:->word'
  [[ $state == word ]] || return
  case $line[1] in
${following.join("\n")}
  esac
}

# Whether zsh loads this as a function, or it is sourced.
if [[ $funcstack[1] == _tsmetrics ]]; then
  _tsmetrics "$@"
else
  compdef _tsmetrics tsmetrics tsmetrics-host
fi
`;
}

function specOf({ flag, short, help, value, placeholder, words, isList }: FlagWord): string {
  const text = escape(help);
  const all = [...short, flag];
  // One form of a flag excludes the others.
  if (short.length > 0) return `'(${all.join(" ")})'{${all.join(",")}}'[${text}]'`;
  if (value === "none") return `'${flag}[${text}]'`;
  const action = isList === true
    ? `_values -s , ${placeholder} ${words.join(" ")}`
    : words.length > 0
    ? `(${words.join(" ")})`
    : " ";
  // A switch takes its word after "=" only: what follows it may be a command.
  return value === "optional"
    ? `'${flag}=-[${text}]::switch:${action}'`
    : `'${flag}=[${text}]:${placeholder}:${action}'`;
}

function escape(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

/** A description within `((…))`: each character that would end it is escaped. */
function quote(text: string): string {
  return text.replace(/[\s:()\\;&|<>*?$"`]/g, "\\$&").replaceAll("'", "'\\''");
}
