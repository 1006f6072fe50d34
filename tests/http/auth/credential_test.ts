import { assertEquals } from "@std/assert";
import { createCredentialCheck } from "../../../src/http/auth/credential.ts";
import { Secret } from "../../../src/secret/secret.ts";
import { FakeClock } from "../../_support/fake_clock.ts";

const USERS = [{ name: "ann", hash: new Secret("$2y$10$right") }];
const ADDRESS = "192.0.2.1";

function basic(password: string): string {
  return `Basic ${btoa(`ann:${password}`)}`;
}

Deno.test("createCredentialCheck() is undefined where nothing is required", () => {
  assertEquals(createCredentialCheck({}), undefined);
});

Deno.test("createCredentialCheck() names browsers the scheme first that they know", async () => {
  const { now } = new FakeClock();
  const compare = (password: string, hash: string) =>
    Promise.resolve(hash.endsWith(`$${password}`));
  const check = createCredentialCheck({
    metricsToken: new Secret("t"),
    users: USERS,
    compare,
    now,
  });
  assertEquals(await check?.("Bearer t", ADDRESS), undefined);
  assertEquals(await check?.(basic("right"), ADDRESS), undefined);
  for (const header of [null, "Bearer x", basic("wrong"), "nonsense"]) {
    const refusal = await check?.(header, ADDRESS);
    assertEquals([refusal?.status, refusal?.headers.get("www-authenticate")], [
      401,
      'Basic realm="tsmetrics", charset="UTF-8", Bearer',
    ], header ?? "");
    await refusal?.body?.cancel();
  }
});
