/**
 * Our own lint rules: the import direction, where the platform may be touched, and the forms that
 * the house style asks for. `deno lint` loads this file by `deno.json`. What a single file cannot
 * tell (mirrored tests, sizes, words) stands in `tree_test.ts`.
 *
 * @module
 */

import { DENO_USES, DOORS, partOf, reasonFor, usesDoor } from "./direction.ts";
import { plainEnglish } from "./plain_english.ts";

const ROOT = new URL("../../", import.meta.url);
const VAGUE = /^(utils?|helpers?|common|types|index|misc|shared)\.tsx?$/;

/** The path of a linted file relative to the checkout, with forward slashes. */
function pathOf(context: Deno.lint.RuleContext): string {
  const file = context.filename.replaceAll("\\", "/");
  const root = decodeURIComponent(ROOT.pathname).replace(/^\/(?=[A-Za-z]:)/, "");
  return file.startsWith(root) ? file.slice(root.length) : file;
}

/** What `specifier` names, seen from `path`: a path of the checkout, or the bare specifier. */
function resolve(specifier: string, path: string): string {
  if (/^\.{1,2}\//.test(specifier)) {
    return new URL(specifier, `file:///${path}`).pathname.slice(1);
  }
  const std = /^@std\/(\w+)$/.exec(specifier);
  return std === null ? specifier : `src/std/${std[1]}.ts`;
}

/** A visitor that calls `each` with every specifier of a file, whichever syntax names it. */
function imports(each: (specifier: string, node: Deno.lint.Node) => void): Deno.lint.LintVisitor {
  const take = (node: Deno.lint.Node, source: unknown): void => {
    if (typeof source === "string") each(source, node);
  };
  return {
    ImportDeclaration: (node) => take(node, node.source.value),
    ExportNamedDeclaration: (node) => take(node, node.source?.value),
    ExportAllDeclaration: (node) => take(node, node.source.value),
    ImportExpression: (node) => take(node, node.source.type === "Literal" && node.source.value),
    TSImportType: (node) =>
      take(
        node,
        node.argument.type === "TSLiteralType" && node.argument.literal.type === "Literal" &&
          node.argument.literal.value,
      ),
  };
}

const importDirection: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    const from = partOf(path);
    if (from === undefined) return {};
    return imports((specifier, node) => {
      const target = resolve(specifier, path);
      const to = partOf(target);
      if (to === undefined) {
        if (from === "exposition" || !isKnownDoor(target, path)) {
          context.report({ node, message: `"${path}" must not import "${specifier}"` });
        }
      } else if (reasonFor(from, to) === undefined) {
        context.report({
          node,
          message: `"${from}" must not import "${to}"`,
          hint: "Hand it in as an option, or argue for an edge in tests/style/direction.ts",
        });
      }
    });
  },
};

/** Whether a specifier from outside the checkout may be imported by this file. */
function isKnownDoor(target: string, path: string): boolean {
  if (target.startsWith("node:")) return true;
  return DOORS.some((door) => target.startsWith(door.prefix) && path.startsWith(door.only));
}

const privateFile: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    if (!path.startsWith("src/")) return {};
    return imports((specifier, node) => {
      const target = resolve(specifier, path);
      const slash = target.lastIndexOf("/");
      if (!target.startsWith("src/") || target[slash + 1] !== "_") return;
      if (path.startsWith(target.slice(0, slash + 1))) return;
      context.report({ node, message: `"${target}" is private to its folder` });
    });
  },
};

const oneDoor: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    return imports((specifier, node) => {
      const target = resolve(specifier, path);
      if (usesDoor(path, target)) return;
      context.report({
        node,
        message: `"${target}" is not the door of its folder`,
        hint: "Import mod.ts of that folder, which lists what it offers",
      });
    });
  },
};

const collectorApart: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    if (!/^src\/collectors\/(?:host\/)?(?!_|host\/|mod\.ts)/.test(path)) return {};
    return imports((specifier, node) => {
      const target = resolve(specifier, path);
      if (
        !/^src\/collectors\/(?:host\/)?(?!_|host\/|collection_loop\.ts|exporter_metrics\.ts)/.test(
          target,
        )
      ) {
        return;
      }
      context.report({
        node,
        message: `No collector imports another: "${path}" imports "${target}"`,
        hint: "What both need goes into a file that starts with an underscore, or below collectors",
      });
    });
  },
};

const platform: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    if (!path.startsWith("src/")) return {};
    const use = DENO_USES.find((each) => each.file === path);
    if (use?.members.length === 0) return {};
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") return;
        const member = node.property.type === "Identifier" ? node.property.name : "…";
        if (use?.members.includes(member)) return;
        context.report({
          node,
          message: `"${path}" must not call Deno.${member}`,
          hint: "Take it as an option; main.ts and the named files hand it in",
        });
      },
    };
  },
};

/** A rule that forbids a node as soon as `isBad` says so. */
function forbid(
  selectors: readonly string[],
  message: string,
  isBad: (node: Forbidden, path: string) => boolean = () => true,
): Deno.lint.Rule {
  return {
    create(context) {
      const path = pathOf(context);
      const visit = (node: Forbidden & Deno.lint.Node): void => {
        if (isBad(node, path)) context.report({ node, message });
      };
      return Object.fromEntries(selectors.map((selector) => [selector, visit]));
    },
  };
}

/** What the simple rules look at. */
interface Forbidden {
  readonly accessibility?: string;
  readonly kind?: string;
  readonly id?: { readonly type: string };
}

const moduleComment: Deno.lint.Rule = {
  create(context) {
    if (!pathOf(context).startsWith("src/")) return {};
    return {
      Program(node) {
        const text = context.sourceCode.text;
        const first = /^(?:#![^\n]*\n)?\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
        if (/^\s*\*\s*@module\b/m.test(first)) return;
        context.report({
          node,
          range: [0, Math.min(1, text.length)],
          message: "The file does not open with a @module comment",
          hint: "Two to five lines: what is here, what is deliberately not",
        });
      },
    };
  },
};

const fileName: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    const name = path.slice(path.lastIndexOf("/") + 1);
    return {
      Program(node) {
        if (!/^(src|tests|tools)\//.test(path)) return;
        if (VAGUE.test(name)) {
          context.report({ node, message: `The name "${name}" says nothing about what is inside` });
        } else if (!/^_?[a-z0-9]+(_[a-z0-9]+)*(\.d)?\.tsx?$/.test(name)) {
          context.report({ node, message: `The name "${name}" is not in snake case` });
        }
      },
    };
  },
};

const topLevelFunction: Deno.lint.Rule = {
  create(context) {
    if (!pathOf(context).startsWith("src/")) return {};
    return {
      "Program > VariableDeclaration, Program > ExportNamedDeclaration > VariableDeclaration"(
        node: Deno.lint.VariableDeclaration,
      ) {
        for (const each of node.declarations) {
          if (each.init?.type !== "ArrowFunctionExpression") continue;
          context.report({
            node: each,
            message: "Top level uses `function`; arrows are for closures",
          });
        }
      },
    };
  },
};

/** The plugin, as `deno lint` and `Deno.lint.runPlugin` take it. */
const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "import-direction": importDirection,
    "private-file": privateFile,
    "one-door": oneDoor,
    "collector-apart": collectorApart,
    "platform": platform,
    "module-comment": moduleComment,
    "file-name": fileName,
    "top-level-function": topLevelFunction,
    "plain-english": { create: (context) => plainEnglish(context, pathOf(context)) },
    "no-private": forbid(
      ["MethodDefinition", "PropertyDefinition"],
      "Use `#name` instead of `private` and `protected`",
      (node) => node.accessibility === "private" || node.accessibility === "protected",
    ),
    // the linter does not tell its accessibility, and a field written out reads better anyway
    "no-parameter-property": forbid(["TSParameterProperty"], "Write the field out, as #name"),
    "no-enum": forbid(["TSEnumDeclaration"], "Use a union of strings instead of an enum"),
    "no-namespace": forbid(
      ["TSModuleDeclaration"],
      "Use a file instead of a namespace",
      // the linter calls `namespace a {}` a module as well; only its name is an identifier
      (node) => node.kind !== "global" && node.id?.type === "Identifier",
    ),
    "no-star-export": forbid(["ExportAllDeclaration"], "List what is offered by name"),
    "no-default-export": forbid(
      ["ExportDefaultDeclaration"],
      "Export by name",
      // the one file of which `deno lint` asks for a default export
      (_node, path) => path !== "tests/style/plugin.ts",
    ),
  },
};

export default plugin;
