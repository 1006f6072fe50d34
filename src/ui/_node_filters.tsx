/**
 * Search and filters above the node table.
 *
 * @module
 */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type NodeFilter, STATES, valuesOf } from "./filter.ts";
import type { DeviceRow } from "./model.ts";

/** Maximum number of values in a menu; the search finds the others. */
const MAX_VALUES = 200;

/** The search field and four menus. */
export function NodeFilters(
  { filter, onChange, rows }: {
    filter: NodeFilter;
    onChange: (change: Partial<NodeFilter>) => void;
    rows: readonly DeviceRow[];
  },
): JSX.Element {
  const tags = useMemo(() => valuesOf(rows, ({ tags }) => tags), [rows]);
  const systems = useMemo(() => valuesOf(rows, ({ os }) => [os]), [rows]);
  const owners = useMemo(() => valuesOf(rows, ({ owner }) => [owner]), [rows]);
  const types = useMemo(() => valuesOf(rows, ({ type }) => [type]), [rows]);
  const { os, owner, q, state, tag, type } = filter;
  const isFiltered = [os, owner, q, state, tag, type].some((value) => value !== "");
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        id="search"
        type="search"
        placeholder="Search name, address, owner, tag"
        aria-label="Search nodes"
        value={q}
        onInput={({ currentTarget }) => onChange({ q: currentTarget.value })}
      />
      <Menu
        name="State"
        value={state}
        options={Object.entries(STATES)}
        onChange={(state) => onChange({ state })}
      />
      <Menu
        name="Tag"
        value={tag}
        options={optionsOf("All tags", tags)}
        onChange={(tag) => onChange({ tag })}
      />
      <Menu
        name="Type"
        value={type}
        options={optionsOf("All types", types)}
        onChange={(type) => onChange({ type })}
      />
      <Menu
        name="Operating system"
        value={os}
        options={optionsOf("All systems", systems)}
        onChange={(os) => onChange({ os })}
      />
      <Menu
        name="Owner"
        value={owner}
        options={optionsOf("All owners", owners)}
        onChange={(owner) => onChange({ owner })}
      />
      {isFiltered
        ? (
          <button
            type="button"
            class="quiet"
            onClick={() => onChange({ q: "", state: "", tag: "", os: "", owner: "", type: "" })}
          >
            Reset
          </button>
        )
        : null}
    </form>
  );
}

type Options = readonly (readonly [value: string, title: string])[];

function optionsOf(all: string, values: readonly string[]): Options {
  return [["", all], ...values.slice(0, MAX_VALUES).map((each) => [each, each] as const)];
}

function Menu(
  { name, onChange, options, value }: {
    name: string;
    onChange: (value: string) => void;
    options: Options;
    value: string;
  },
): JSX.Element {
  const isListed = options.some(([each]) => each === value);
  return (
    <select
      aria-label={name}
      class={value === "" ? "" : "set"}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      {options.map(([each, title]) => <option key={each} value={each}>{title}</option>)}
      {isListed ? null : <option value={value}>{value}</option>}
    </select>
  );
}
