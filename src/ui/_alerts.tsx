/**
 * Alerts and silences: what fires, what is pending, what was resolved, and who keeps it quiet.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shortName } from "../text/short_name.ts";
import { Sign } from "./_icon.tsx";
import { Card, Empty, Failure, Prose, Skeleton } from "./_element.tsx";
import { useData } from "./_use_data.ts";
import { type Client, requestErrorOf } from "./client.ts";
import { formatAge, formatAgo, formatMoment, words } from "./format.ts";
import type { AlertEntry, AlertList, SilenceEntry } from "./model.ts";
import { formatPlace } from "./place.ts";

/** For how long an alert can be silenced, in minutes. */
const SPANS: readonly (readonly [minutes: number, title: string])[] = [
  [60, "1 hour"],
  [480, "8 hours"],
  [1_440, "1 day"],
  [10_080, "1 week"],
];

/** All alerts. */
export function Alerts({ client, nowMs }: { client: Client; nowMs: number }): JSX.Element {
  // Another path asks anew, so that a new silence shows at once.
  const [round, setRound] = useState(0);
  const { data, error } = useData<AlertList>(
    client,
    "api/v1/alerts",
    round % 2 === 0 ? 5_000 : 5_001,
  );
  const [fault, setFault] = useState("");
  if (data === undefined) return error === undefined ? <Skeleton /> : <Failure error={error} />;
  const change = async (request: Promise<void>) => {
    try {
      await request;
      setFault("");
      setRound(round + 1);
    } catch (error) {
      setFault(requestErrorOf(error).message);
    }
  };
  const silence = ({ node, rule }: AlertEntry, minutes: number) =>
    change(client.post(
      `api/v1/silences?rule=${rule}&minutes=${minutes}` +
        (node === null ? "" : `&node=${encodeURIComponent(node.name)}`),
    ));
  const groups = ["firing", "pending", "resolved"].map((state) =>
    [state, data.alerts.filter((alert) => alert.state === state)] as const
  );
  return (
    <>
      <Failure error={error} />
      {fault === "" ? null : <p class="failure" role="alert">{fault}</p>}
      {data.alerts.length === 0
        ? <Empty title="No alerts">No alert is pending or firing.</Empty>
        : null}
      {groups.map(([state, alerts]) =>
        alerts.length === 0
          ? null
          : (
            <Card key={state} title={`${words(state)[0]?.toUpperCase()}${state.slice(1)}`}>
              <ul class="alerts">
                {alerts.map((alert) => (
                  <AlertLine key={alert.id} alert={alert} nowMs={nowMs} onSilence={silence} />
                ))}
              </ul>
            </Card>
          )
      )}
      {data.silences.length === 0 ? null : (
        <Card title="Silences">
          <ul class="alerts">
            {data.silences.map((each) => (
              <SilenceLine
                key={each.id}
                silence={each}
                nowMs={nowMs}
                onEnd={() => change(client.post(`api/v1/silences/${each.id}/end`))}
              />
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function AlertLine(
  { alert, nowMs, onSilence }: {
    alert: AlertEntry;
    nowMs: number;
    onSilence: (alert: AlertEntry, minutes: number) => void;
  },
): JSX.Element {
  const { fired, node, resolved, rule, severity, silenced_until, since, state, summary } = alert;
  const time = state === "resolved" ? resolved : fired ?? since;
  return (
    <li>
      <Sign name={state === "resolved" ? "ok" : severity} label={severity} />
      <div>
        <p class="title">
          <Prose text={summary} />
        </p>
        <p class="note">
          {node === null
            ? null
            : <a href={formatPlace("nodes", node.id)} title={node.name}>{shortName(node.name)}</a>}
          <span>{words(rule)}</span>
          <time dateTime={time ?? since} title={formatMoment(time)}>{formatAgo(time, nowMs)}</time>
          {silenced_until === null
            ? null
            : <span>silenced, ends {formatAge(silenced_until, nowMs)}</span>}
        </p>
      </div>
      {state === "resolved" || silenced_until !== null ? null : (
        <select
          aria-label={`Silence: ${summary}`}
          value=""
          onChange={({ currentTarget }) => onSilence(alert, Number(currentTarget.value))}
        >
          <option value="" disabled>Silence …</option>
          {SPANS.map(([minutes, title]) => <option key={minutes} value={minutes}>{title}</option>)}
        </select>
      )}
    </li>
  );
}

function SilenceLine(
  { nowMs, onEnd, silence }: { nowMs: number; onEnd: () => void; silence: SilenceEntry },
): JSX.Element {
  const { comment, node, rule, until } = silence;
  return (
    <li>
      <Sign name="info" />
      <div>
        <p class="title">
          {rule === null ? "Every rule" : words(rule)} for {node === null ? "every node" : node}
        </p>
        <p class="note">
          <span>ends {formatAge(until, nowMs)}</span>
          <span>{comment}</span>
        </p>
      </div>
      <button type="button" onClick={onEnd}>End</button>
    </li>
  );
}
