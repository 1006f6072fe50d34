/**
 * Cards of the exporter's view: our own node of the tailnet, the budget of series, jobs.
 *
 * @module
 */

import type { JSX } from "preact";
import { Sign } from "./_icon.tsx";
import { Card, Facts } from "./_element.tsx";
import type { ExporterState } from "./exporter_model.ts";
import { formatAgo, formatMoment, formatNumber, formatSpan, plural, words } from "./format.ts";

/** Our own node: its state, and where to log in if someone has to. */
export function OwnNode(
  { node }: { node: NonNullable<ExporterState["node"]> },
): JSX.Element {
  const { addresses, login, login_url, name, problem, restarts, state } = node;
  const tone = problem === null ? "good" : problem.severity === "critical" ? "bad" : "";
  return (
    <Card
      title="Node of the tailnet"
      aside={<span class={`chip ${tone}`}>{words(state)}</span>}
    >
      {problem === null ? null : <p class="reason">{problem.title}. {problem.advice}</p>}
      {isWebAddress(login_url)
        ? (
          <p class="login-link">
            <a class="button primary" href={login_url} target="_blank" rel="noopener noreferrer">
              Log in
            </a>
            <code>{login_url}</code>
          </p>
        )
        : null}
      {login !== "log" ? null : (
        <p class="note">
          The page shows the login address where METRICS_TOKEN, BASIC_AUTH_USERS or
          TLS_CLIENT_CA_PEM guards it.
        </p>
      )}
      <Facts
        of={[
          ["Name", name],
          ["Addresses", addresses.map((each) => <code key={each}>{each}</code>)],
          ["Restarts", restarts === 0 ? null : formatNumber(restarts)],
        ]}
      />
    </Card>
  );
}

/** Whether a link may lead there: the address comes from the control plane. */
function isWebAddress(url: string | null): url is string {
  return url !== null && /^https?:\/\//.test(url);
}

/** Series of the devices' own metrics against what all together may have. */
export function Cardinality({ of: { config, health, page } }: {
  of: ExporterState;
}): JSX.Element {
  const limit = typeof config.limit_series === "number" ? config.limit_series : undefined;
  const share = limit === undefined ? 0 : Math.min(1, page.relayed_series / limit);
  return (
    <Card title="Devices' metrics">
      {limit === undefined ? null : (
        <div class="budget">
          <span class={`track ${share > 0.9 ? "over" : ""}`} aria-hidden="true">
            <span style={{ width: `${Math.max(0.5, 100 * share)}%` }} />
          </span>
          <p class="note">
            {formatNumber(page.relayed_series)} of {formatNumber(limit)} series (LIMIT_SERIES)
          </p>
        </div>
      )}
      <Facts
        of={[
          ["Devices", formatNumber(health.devices_discovered)],
          ["With metrics", formatNumber(health.devices_scraped)],
          ["Series", limit === undefined ? formatNumber(page.relayed_series) : null],
          ["Left out", page.left_out_pages === 0 ? null : plural(page.left_out_pages, "device")],
          [
            "Labels kept despite METRICS_DROP",
            page.kept_labels.map((each) => <code key={each}>{each}</code>),
          ],
          [
            "Unused METRICS_DROP patterns",
            page.idle_patterns.map((each) => <code key={each}>{each}</code>),
          ],
        ]}
      />
    </Card>
  );
}

/** Jobs: when each last succeeded, and how long its last run took. */
export function Jobs(
  { nowMs, of }: { nowMs: number; of: ExporterState["jobs"] },
): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <Card title="Jobs">
      <ul class="jobs">
        {of.map(({ failures, interval_seconds, last_seconds, last_success, name }) => {
          const isLate = last_success !== null &&
            nowMs - Date.parse(last_success) > 2_500 * interval_seconds;
          const isBad = isLate || (failures > 0 && last_success === null);
          const sign = last_success === null && !isBad ? "offline" : isBad ? "warning" : "ok";
          return (
            <li key={name}>
              <Sign
                name={sign}
                label={isBad ? "late" : last_success === null ? "waiting" : "done"}
              />
              <span>
                {words(name)} <span class="soft">every {formatSpan(1000 * interval_seconds)}</span>
              </span>
              <span class="soft" title={formatMoment(last_success)}>
                {last_success === null ? "not yet" : formatAgo(last_success, nowMs)}
              </span>
              <span class="soft number">
                {failures > 0
                  ? `${formatNumber(failures)} failed`
                  : last_seconds === null
                  ? ""
                  : `${Math.round(1000 * last_seconds)} ms`}
              </span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
