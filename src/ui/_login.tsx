/**
 * The form that asks for the token, or for name and password where the server has users. They are
 * sent once, as a header; the server answers with a cookie that scripts cannot read, and the page
 * keeps nothing.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Client, RequestError, requestErrorOf } from "./client.ts";

/** What the form needs. */
interface LoginProps {
  readonly client: Client;
  /** Whether there are users, too: the name may be left empty for a token. */
  readonly hasUsers: boolean;
  /** Called after a login. */
  readonly onLogin: () => void;
}

/** The form. */
export function Login({ client, hasUsers, onLogin }: LoginProps): JSX.Element {
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [fault, setFault] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await client.post("login", { authorization: headerOf(name, secret) });
      setSecret("");
      onLogin();
    } catch (error) {
      const isWrong = error instanceof RequestError && error.status === 401;
      const wrong = name === "" ? "This is not the token." : "Wrong name or password.";
      setFault(isWrong ? wrong : requestErrorOf(error).message);
    }
  };
  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <h1>tsmetrics</h1>
        {hasUsers
          ? (
            <>
              <label for="name">Name</label>
              <input
                id="name"
                autocomplete="username"
                value={name}
                onInput={({ currentTarget }) => setName(currentTarget.value)}
              />
            </>
          )
          : null}
        <label for="token">{hasUsers ? "Password or token" : "Token"}</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          value={secret}
          onInput={({ currentTarget }) => setSecret(currentTarget.value)}
        />
        <p class="note">
          {hasUsers
            ? "A user of BASIC_AUTH_USERS, or no name and the value of METRICS_TOKEN."
            : "The value of METRICS_TOKEN."}
        </p>
        {fault === "" ? null : <p class="failure" role="alert">{fault}</p>}
        <button type="submit" class="primary" disabled={secret === ""}>Log in</button>
      </form>
    </main>
  );
}

function headerOf(name: string, secret: string): string {
  if (name === "") return `Bearer ${secret}`;
  const bytes = new TextEncoder().encode(`${name}:${secret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
