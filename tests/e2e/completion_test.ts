import { assert, assertEquals } from "@std/assert";
import { completionScript } from "../../src/commands/completion.ts";

/** What is typed, and what each shell makes of it: the words it offers, sorted. */
const TYPED: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ["comp", ["completion"]],
  ["check --log-l", ["--log-level"]],
  ["completion ", ["bash", "fish", "zsh"]],
  ["tailnet ", ["restore", "state"]],
  ["help keep", ["keepalive"]],
  ["--log-level ", ["debug", "error", "info", "warn"]],
  ["once --log-level d", ["debug"]],
  ["serve --watchdog o", ["observe", "off"]],
  ["--scrape-interval ", []],
  ["--vers", ["--version"]],
  ["help sett", ["settings"]],
];

async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    env: { NO_COLOR: "1", TERM: "dumb" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert(success, `${command}: ${decode(stderr)}${decode(stdout)}`);
  assertEquals(decode(stderr), "", command);
  return decode(stdout);
}

async function withScript<T>(
  shell: "bash" | "zsh" | "fish",
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "tsm-completion-" });
  try {
    const path = `${folder}/_tsmetrics`;
    await Deno.writeTextFile(path, completionScript(shell));
    return await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "").sort();
}

/** Calls the function as bash does, words split where bash splits them. */
function inBash(path: string, typed: string): Promise<string> {
  const words = typed.split(/(=)| /).filter((word) => word !== undefined);
  return run("bash", [
    "--norc",
    "-c",
    `source "$0"; compopt() { :; }; COMP_WORDS=(tsmetrics "$@"); COMP_CWORD=$#; _tsmetrics
printf '%s\\n' "\${COMPREPLY[@]}"`,
    path,
    ...words,
  ]);
}

Deno.test("bash completes commands, flags and the words of flags", async () => {
  await withScript("bash", async (path) => {
    for (const [typed, offered] of TYPED) {
      assertEquals(linesOf(await inBash(path, typed)), offered, typed);
    }
    assertEquals(linesOf(await inBash(path, "--log-level=")), ["debug", "error", "info", "warn"]);
    assertEquals(linesOf(await inBash(path, "--log-level=w")), ["warn"]);
    assertEquals(linesOf(await inBash(path, "once --collect peers,n")), ["peers,native"]);
    assertEquals(linesOf(await inBash(path, "--keepalive ")), ["off", "on"]);
    assertEquals(linesOf(await inBash(path, "-V")), ["-V"]);
    assertEquals(linesOf(await inBash(path, "--keepalive --log-l")), ["--log-level"]);
    const rules = await run("bash", ["--norc", "-c", 'source "$0"; complete -p', path]);
    assertEquals(linesOf(rules), [
      "complete -F _tsmetrics tsmetrics",
      "complete -F _tsmetrics tsmetrics-host",
    ]);
  });
});

Deno.test("fish completes commands, flags and the words of flags", async () => {
  await withScript("fish", async (path) => {
    const ask = async (typed: string) => {
      const source = `source ${path}; complete -C '${typed}'`;
      const lines = linesOf(await run("fish", ["--no-config", "-c", source]));
      return lines.map((line) => line.split("\t")[0] ?? "");
    };
    for (const [typed, offered] of TYPED) {
      assertEquals(await ask(`tsmetrics ${typed}`), offered, typed);
    }
    assertEquals(await ask("tsmetrics-host --log-level w"), ["warn"]);
    const flags = await ask("tsmetrics -");
    for (const flag of ["-h", "-v", "-V", "--version"]) assert(flags.includes(flag), flag);
    assertEquals(await ask("tsmetrics --log-level=w"), ["--log-level=warn"]);
    assertEquals(await ask("tsmetrics once --collect peers,n"), ["peers,native"]);
  });
});

/**
 * A zsh on a terminal of its own that tells each word it would offer: `compadd` with `-O` has it
 * store the matches instead of showing them.
 */
const ZSH_PROBE = `
zmodload zsh/zpty
zpty probe zsh -f
zpty -w probe "PS1= ; autoload -Uz compinit; compinit -u -D; source $1"
zpty -w probe 'compadd() {
  local -a hits
  builtin compadd "$@"
  [[ \${@[1,(i)(-|--)]} == *-(O|A|D)* ]] && return
  builtin compadd -O hits "$@"
  print -l -- "@@"\${^hits}
}'
zpty -w probe 'list() { compstate[list]=; compstate[insert]=; _main_complete; print "@@""end"; exit }'
zpty -w probe 'zle -C list list-choices list; bindkey "^I" list; print "@@""ready"'
local text
while zpty -r probe text; do [[ $text == *@@ready* ]] && break; done
zpty -w -n probe "tsmetrics $2"$'\\t'
while zpty -r probe text; do
  print -r -- "$text"
  [[ $text == *@@end* ]] && break
done
zpty -d probe`;

Deno.test("zsh completes commands, flags and the words of flags", async () => {
  await withScript("zsh", async (path) => {
    const ask = async (typed: string) => {
      const text = await run("zsh", ["-f", "-c", ZSH_PROBE, "probe", path, typed]);
      const words = [...text.matchAll(/@@(\S+)/g)].map(([, word = ""]) => word);
      assert(words.includes("end"), text);
      return [...new Set(words)].filter((word) => word !== "end").sort();
    };
    for (const [typed, offered] of TYPED) {
      const words = (await ask(typed)).map((word) => word.replace(/=-?$/, ""));
      assertEquals(words, offered, typed);
    }
    assertEquals(await ask("--log-level=w"), ["warn"]);
    assertEquals(await ask("once --collect peers,n"), ["native"]);
    assertEquals(await ask("-V"), ["-V"]);
  });
});
