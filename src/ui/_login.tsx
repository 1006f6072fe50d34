/**
 * The form that asks for the token. It is sent once, as a header; the server answers with a cookie
 * that scripts cannot read, and the page keeps nothing.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Client, RequestError } from "./client.ts";

/** The form; calls back after a login. */
export function Login(
  { client, onLogin }: { client: Client; onLogin: () => void },
): JSX.Element {
  const [token, setToken] = useState("");
  const [fault, setFault] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await client.post("login", { authorization: `Bearer ${token}` });
      setToken("");
      onLogin();
    } catch (error) {
      const isWrong = error instanceof RequestError && error.status === 401;
      setFault(isWrong ? "This is not the token." : String((error as Error).message));
    }
  };
  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <h1>tsmetrics</h1>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <p class="note">The value of METRICS_TOKEN.</p>
        {fault === "" ? null : <p class="failure" role="alert">{fault}</p>}
        <button type="submit" class="primary" disabled={token === ""}>Log in</button>
      </form>
    </main>
  );
}
