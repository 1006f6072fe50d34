/**
 * Completion for bash 4 and newer. It needs nothing of the package bash-completion.
 *
 * @module
 */

import { COMMAND_WORDS, FLAG_WORDS, type FlagWord } from "../config/vocabulary.ts";

/** The script, for `/usr/share/bash-completion/completions/tsmetrics` or `source`. */
export function bashCompletion(): string {
  const commands = COMMAND_WORDS.map(({ name }) => name).join(" ");
  return `# Completion of bash for tsmetrics: . <(tsmetrics completion bash)

_tsmetrics() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} head= words=
  # bash splits "--flag=value" at the sign.
  local joined=no
  if [[ $word == = ]]; then
    word= joined=yes
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]} joined=yes
  fi
  COMPREPLY=()
  case $before in
${COMMAND_WORDS.flatMap(({ name, words }) => followUp(name, words)).join("\n")}
${FLAG_WORDS.filter(({ isList }) => isList === true).map(listCase).join("\n")}
${
    FLAG_WORDS.filter(takesWords).map(({ flag, words }) =>
      `    ${flag}) words="${words.join(" ")}" ;;`
    ).join("\n")
  }
${switchCases()}
${FLAG_WORDS.filter(takesText).map(({ flag }) => `    ${flag}`).join(" | \\\n")})
      compopt -o default
      return
      ;;
  esac
  if [[ -z $words && $joined == no ]]; then
    if [[ $word == -* ]]; then
      words="${FLAG_WORDS.flatMap(({ flag, short }) => [...short, flag]).join(" ")}"
    else
      words="${commands}"
    fi
  fi
  COMPREPLY=($(compgen -P "$head" -W "$words" -- "$word"))
}

complete -F _tsmetrics tsmetrics tsmetrics-host
`;
}

function followUp(name: string, words: readonly string[]): readonly string[] {
  return words.length === 0 ? [] : [`    ${name}) words="${words.join(" ")}" ;;`];
}

/** The words before the last comma stay as they are. */
function listCase({ flag, words }: FlagWord): string {
  return `    ${flag})
      words="${words.join(" ")}"
      if [[ $word == *,* ]]; then
        head=\${word%,*}, word=\${word##*,}
      fi
      ;;`;
}

/** After a switch a flag may follow as well as its word. */
function switchCases(): string {
  return FLAG_WORDS.filter(({ value }) => value === "optional").map(({ flag, words }) =>
    `    ${flag}) [[ $word == -* ]] || words="${words.join(" ")}" ;;`
  ).join("\n");
}

function takesWords({ value, words, isList }: FlagWord): boolean {
  return value === "required" && words.length > 0 && isList !== true;
}

function takesText({ value, words }: FlagWord): boolean {
  return value === "required" && words.length === 0;
}
