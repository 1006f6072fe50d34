import { assert, assertEquals } from "@std/assert";
import { Redactor } from "../../../src/secret/redactor.ts";
import { Secret } from "../../../src/secret/secret.ts";
import {
  explainExcess,
  explainNoAnswer,
  explainNonsense,
  explainRefusal,
  explainTimeout,
  explainUnsupported,
  type FailedCall,
} from "../../../src/tailscale/local/refusal.ts";

const redactor = new Redactor([new Secret("s3cret-value")]);

function call(kind: FailedCall["via"]["kind"]): FailedCall {
  const place = kind === "socket" ? "/run/ts.sock" : "127.0.0.1:8765";
  return { doing: "look", via: { kind, place, redactor } };
}

Deno.test("explainRefusal() tells what answered what, and what to do", () => {
  const rights = "it needs the rights of root or of the operator: run as root, or once " +
    "`tailscale set --operator=USER`; a forward has the rights of the user who runs it";
  const socket = "check that tailscaled runs and that LOCALAPI_SOCKET is its socket";
  const cases = [
    ["socket", 403, "metric access denied\n", "forbidden", ` "metric access denied"; ${rights}`],
    ["forward", 403, "", "forbidden", `; ${rights}`],
    [
      "forward",
      403,
      "invalid localapi request",
      "forbidden",
      ' "invalid localapi request"; what stands between must pass the Host header on as it is, ' +
      "and add no Origin or Referer",
    ],
    [
      "forward",
      401,
      "auth required\n",
      "forbidden",
      ' "auth required"; it wants a password: set LOCALAPI_PASSWORD to the one that ' +
      "`tailscale debug local-creds` shows, or to tsnet's localAPICred",
    ],
    [
      "forward",
      403,
      "missing 'Sec-Tailscale: localapi' header",
      "forbidden",
      " \"missing 'Sec-Tailscale: localapi' header\"; it wants a password: set " +
      "LOCALAPI_PASSWORD to the one that `tailscale debug local-creds` shows, or to tsnet's " +
      "localAPICred",
    ],
    [
      "forward",
      403,
      "bad password\n",
      "forbidden",
      ' "bad password"; check LOCALAPI_PASSWORD: Tailscale\'s macOS app has a new password and a ' +
      "new port after each start",
    ],
    [
      "forward",
      401,
      "401 Authorization Required",
      "forbidden",
      ' "401 Authorization Required"; it wants a login: check LOCALAPI_PASSWORD, and what stands ' +
      "between",
    ],
    ["bridge", 401, "no", "forbidden", ' "no"; check BRIDGE_TOKEN'],
    ["bridge", 403, "s3cret-value?", "forbidden", ' "[redacted]?"; check BRIDGE_TOKEN'],
    ["socket", 404, "404 page not found", "not_found", ` "404 page not found"; ${socket}`],
    [
      "forward",
      400,
      "want POST",
      "status",
      ' "want POST"; check that tailscaled and the forward to its socket run, and LOCALAPI_URL',
    ],
    [
      "socket",
      503,
      '{"error":"backend not ready"}',
      "status",
      ' "backend not ready"; tailscaled is starting, which takes some seconds',
    ],
    ["socket", 500, '{"Error":"no"}', "status", ' "no"; the fault is tailscaled\'s; see its log'],
    [
      "bridge",
      302,
      "<html>\n x",
      "status",
      ' "<html> x"; check that tailscaled and the bridge run, and BRIDGE_URL',
    ],
  ] as const;
  for (const [kind, status, text, failure, end] of cases) {
    const about = call(kind);
    const error = explainRefusal(about, status, text);
    assertEquals([error.failure, error.status], [failure, status]);
    assertEquals(error.message, `Cannot look: ${about.via.place} answered ${status}${end}`);
  }
});

Deno.test("explainRefusal() asks for no rights where tailscaled wants none", () => {
  const free = "every user may ask tailscaled this: ";
  const cases = [
    ["socket", `${free}check that LOCALAPI_SOCKET is tailscaled's socket, and its mode`],
    ["forward", `${free}check what stands between, and the user who runs the forward`],
    ["bridge", "check BRIDGE_TOKEN"],
  ] as const;
  for (const [kind, advice] of cases) {
    for (const endpoint of ["status", "whois", "usermetrics"] as const) {
      const { message } = explainRefusal({ ...call(kind), endpoint }, 403, "");
      assertEquals(message, `Cannot look: ${call(kind).via.place} answered 403; ${advice}`);
    }
  }
  const { message } = explainRefusal({ ...call("socket"), endpoint: "metrics" }, 403, "");
  assert(message.includes("; it needs the rights of root"), message);
});

Deno.test("explainNoAnswer() tells a missing right from a missing tailscaled", () => {
  const wrapped = (words: string) =>
    new TypeError("fetch failed", {
      cause: new Error(`error sending request for url (http://x.sock/a): client error ${words}`),
    });
  const gone = explainNoAnswer(call("socket"), wrapped("(Connect): No such file (os error 2)"));
  assertEquals(gone.failure, "unreachable");
  assertEquals(
    gone.message,
    "Cannot look: no answer at /run/ts.sock: No such file (os error 2); " +
      "check that tailscaled runs and that LOCALAPI_SOCKET is its socket",
  );
  const denied = "(Connect): Permission denied (os error 13)";
  const error = explainNoAnswer(call("socket"), wrapped(denied));
  assertEquals(error.failure, "forbidden");
  assertEquals(
    error.message,
    "Cannot look: no answer at /run/ts.sock: Permission denied (os error 13); " +
      "let the program's user open the socket, or give another way in LOCALAPI_URL",
  );
  const sandboxed = explainNoAnswer(
    call("forward"),
    new Error('Requires net access to "127.0.0.1:8765", run again with the --allow-net flag'),
  );
  assertEquals(sandboxed.failure, "forbidden");
  assert(
    sandboxed.message.endsWith(
      'Requires net access to "127.0.0.1:8765"; the sandbox forbids it: allow the program this ' +
        "address",
    ),
    sandboxed.message,
  );
  const closed = explainNoAnswer(
    call("socket"),
    new Error('Requires read access to "/run/ts.sock", run again with the --allow-read flag'),
  );
  assertEquals(
    closed.message,
    'Cannot look: no answer at /run/ts.sock: Requires read access to "/run/ts.sock"; the sandbox ' +
      "forbids it: use tsmetrics-host with the socket at its usual path, or a forward in " +
      "LOCALAPI_URL",
  );
  const odd = explainNoAnswer(call("forward"), new Error("broke at http://user:pw@host/path"));
  assert(odd.message.includes("127.0.0.1:8765: broke at the address; check"), odd.message);
});

Deno.test("explainTimeout() says that tailscaled is stuck", () => {
  const { failure, message } = explainTimeout(call("socket"), 2_500);
  assertEquals([failure, message], [
    "timeout",
    "Cannot look: no whole answer from /run/ts.sock within 2.5 s; " +
    "tailscaled is stuck or very busy; see its log, restart it if that lasts",
  ]);
  assert(
    explainTimeout(call("bridge"), 1).message.endsWith(
      "tailscaled, or what leads to it, is " +
        "stuck or very busy",
    ),
  );
});

Deno.test("explainExcess() and explainNonsense() tell the kind of a bad answer", () => {
  const socket = "check that tailscaled runs and that LOCALAPI_SOCKET is its socket";
  const excess = explainExcess(call("socket"), 9);
  assertEquals([excess.failure, excess.message], [
    "too_large",
    `Cannot look: the answer of /run/ts.sock is larger than 9 bytes; ${socket}`,
  ]);
  const nonsense = explainNonsense(call("socket"), new SyntaxError("Unexpected token '<'"));
  assertEquals([nonsense.failure, nonsense.message], [
    "malformed",
    `Cannot look: /run/ts.sock sent what no LocalAPI sends: Unexpected token '<'; ${socket}`,
  ]);
  const much = explainNonsense(call("socket"), new RangeError("Nested deeper"));
  assertEquals([much.failure, much.message], [
    "too_large",
    `Cannot look: /run/ts.sock sent more than we take: Nested deeper; ${socket}`,
  ]);
});

Deno.test("explainUnsupported() names the other ways", () => {
  const { failure, message } = explainUnsupported(call("bridge"));
  assertEquals([failure, message], [
    "unsupported",
    "Cannot look: the bridge at 127.0.0.1:8765 answers status, whois and usermetrics only; " +
    "use LOCALAPI_SOCKET or LOCALAPI_URL",
  ]);
});
