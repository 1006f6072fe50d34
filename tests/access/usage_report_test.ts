import { assertEquals } from "@std/assert";
import { Ledger } from "../../src/access/ledger.ts";
import { quotaOf } from "../../src/access/quota.ts";
import { describeUsage } from "../../src/access/usage_report.ts";
import { AT_MS, makeRecord } from "./_record.ts";

Deno.test("describeUsage() sums up what was used, without names of users", () => {
  const ledger = new Ledger({ retentionMs: 3_600_000, now: () => AT_MS });
  const shared = { userClass: "shared", user: "x@y", device: "phone" } as const;
  assertEquals(
    describeUsage(ledger.usage(0), quotaOf([], 3)),
    "0 requests by 0 users from 0 devices, external users: 0 of 3",
  );
  ledger.add(makeRecord());
  assertEquals(
    describeUsage(ledger.usage(0), quotaOf([shared], 1)),
    "1 request by 1 user from 1 device, external users: 1 of 1",
  );
  ledger.add(makeRecord({ status: 502, visitor: shared }));
  assertEquals(
    describeUsage(ledger.usage(0), quotaOf([shared], 3)),
    "2 requests by 2 users from 2 devices, 1 answered by 5xx, external users: 1 of 3",
  );
});
