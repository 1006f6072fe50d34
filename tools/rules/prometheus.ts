/**
 * Rules as a Prometheus rule file. The Helm chart's PrometheusRule takes the same file as it is.
 *
 * @module
 */

import { Document, isScalar, visit } from "yaml";
import { wrapText } from "../../src/text/wrap.ts";
import { documentUrl } from "../project.ts";
import type { Alert, RecordingRule, RuleGroup } from "./rule.ts";

/** Lines of at most this length; longer texts are folded. */
const LINE_WIDTH = 100;

/**
 * A rule file of recording rules, each under a comment that says what it tells.
 *
 * @param head What the file is for; a comment at its top.
 */
export function renderRecordingRules(
  head: string,
  groups: readonly RuleGroup<RecordingRule>[],
): string {
  return renderFile(head, groups, ({ record, expr }) => ({ record, expr }));
}

/** A rule file of alerts. */
export function renderAlerts(head: string, groups: readonly RuleGroup<Alert>[]): string {
  return renderFile(head, groups, (alert) => ({
    alert: alert.alert,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: annotationsOf(alert),
  }));
}

/** The annotations of an alert, its runbook among them. */
export function annotationsOf(alert: Alert): Record<string, string> {
  const { summary, description } = alert;
  const runbook = documentUrl(`docs/runbooks.md#${alert.alert.toLowerCase()}`);
  return { summary, description, runbook_url: runbook };
}

function renderFile<Rule extends Alert | RecordingRule>(
  head: string,
  groups: readonly RuleGroup<Rule>[],
  render: (rule: Rule) => Record<string, unknown>,
): string {
  const document = new Document({
    groups: groups.map(({ name, rules }) => ({ name, rules: rules.map(render) })),
  });
  document.commentBefore = comment(head);
  const comments = groups.flatMap((group) => [
    group.comment,
    ...group.rules.map((rule) => "comment" in rule ? rule.comment : undefined),
  ]);
  visit(document, {
    Map(index, node) {
      if (!node.has("record") && !node.has("alert") && !node.has("rules")) return;
      const text = comments.shift();
      if (text !== undefined) node.commentBefore = comment(text);
      node.spaceBefore = index !== 0;
    },
    Pair(_key, { key, value }) {
      // A query is read as lines, like code; a sentence is one scalar.
      if (isScalar(key) && key.value === "expr" && isScalar(value)) {
        if (String(value.value).includes("\n")) value.type = "BLOCK_LITERAL";
      }
    },
  });
  return document.toString({ lineWidth: 0, commentString: (text) => text.replace(/^/gm, "# ") });
}

/** Folded to lines that fit under a `# ` and the indentation of a rule. */
function comment(text: string): string {
  return wrapText(text, LINE_WIDTH - 10).join("\n");
}
