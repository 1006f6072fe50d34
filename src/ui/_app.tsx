/**
 * The page around the views: name, state, navigation, keys, login.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Access } from "./_access.tsx";
import { Alerts } from "./_alerts.tsx";
import { Events } from "./_events.tsx";
import { Exporter } from "./_exporter.tsx";
import { Hosts } from "./_hosts.tsx";
import { Keys } from "./_keys.tsx";
import { Login } from "./_login.tsx";
import { Node } from "./_node.tsx";
import { Nodes } from "./_nodes.tsx";
import { Overview } from "./_overview.tsx";
import { Empty, Failure } from "./_element.tsx";
import { LiveSign } from "./_live_sign.tsx";
import { useData, useLive, useNow, usePlace } from "./_use_data.ts";
import { Client } from "./client.ts";
import type { Summary } from "./model.ts";
import { formatPlace, type Place } from "./place.ts";

/** The views of the navigation. */
const VIEWS: readonly (readonly [view: string, title: string])[] = [
  ["overview", "Overview"],
  ["nodes", "Nodes"],
  ["events", "Events"],
  ["alerts", "Alerts"],
  ["hosts", "Hosts"],
  ["access", "Access"],
  ["exporter", "Exporter"],
];

/** The whole page. */
export function App(): JSX.Element {
  const [client, setClient] = useState(() => new Client());
  // A new client asks everything anew.
  const restart = () => setClient(new Client());
  const place = usePlace();
  const nowMs = useNow();
  const summary = useData<Summary>(client, "api/v1/summary", 10_000);
  const liveState = useLive(client, summary.data !== undefined);
  useEffect(() => {
    document.title = titleOf(place, summary.data);
  }, [place, summary.data]);
  if (summary.error?.status === 401) {
    // The server says what it takes.
    const hasUsers = summary.error.message.includes("user name");
    return <Login client={client} hasUsers={hasUsers} onLogin={restart} />;
  }
  return (
    <>
      <header class="top">
        <a class="brand" href={formatPlace("overview")}>tsmetrics</a>
        <nav aria-label="Views">
          {VIEWS.map(([view, title]) => (
            <a
              key={view}
              href={formatPlace(view)}
              {...place.view === view && { "aria-current": "page" }}
            >
              {title}
            </a>
          ))}
        </nav>
        <LiveSign state={liveState} />
        <Keys />
      </header>
      <main id="main" class={place.view}>
        {place.view === "overview" || place.id !== ""
          ? null
          : <h1 class="hidden">{viewTitle(place)}</h1>}
        <Failure error={summary.error} />
        <View
          client={client}
          nowMs={nowMs}
          place={place}
          summary={summary.data}
          onLogout={restart}
        />
      </main>
    </>
  );
}

function View(
  { client, nowMs, onLogout, place, summary }: {
    client: Client;
    nowMs: number;
    onLogout: () => void;
    place: Place;
    summary: Summary | undefined;
  },
): JSX.Element {
  if (place.view === "overview") {
    return <Overview client={client} summary={summary} nowMs={nowMs} />;
  }
  if (place.view === "nodes" && place.id !== "") {
    return <Node key={place.id} client={client} id={place.id} nowMs={nowMs} />;
  }
  if (place.view === "nodes") return <Nodes client={client} nowMs={nowMs} place={place} />;
  if (place.view === "events") return <Events client={client} nowMs={nowMs} place={place} />;
  if (place.view === "alerts") return <Alerts client={client} nowMs={nowMs} />;
  if (place.view === "hosts") return <Hosts client={client} nowMs={nowMs} place={place} />;
  if (place.view === "access") return <Access client={client} nowMs={nowMs} place={place} />;
  if (place.view === "exporter") {
    return <Exporter client={client} nowMs={nowMs} onLogout={onLogout} />;
  }
  return (
    <Empty title="There is no such view">
      <a href={formatPlace("overview")}>Overview</a>
    </Empty>
  );
}

/** The title of the window: the number of critical problems first, to be seen in a row of tabs. */
function titleOf(place: Place, summary: Summary | undefined): string {
  const critical = summary?.problems.filter(({ severity }) => severity === "critical").length ?? 0;
  return `${critical === 0 ? "" : `(${critical}) `}${viewTitle(place)} · tsmetrics`;
}

function viewTitle({ view }: Place): string {
  return VIEWS.find(([each]) => each === view)?.[1] ?? "Unknown view";
}
