import { assertEquals } from "@std/assert";
import { expiryWarning, watchExpiry } from "../../src/http/certificate.ts";
import { fillMessage, type Logger } from "../../src/log/log.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";

// Valid from the begin of 2020 to that of 2021.
const PEM = fixtureText("tls/client/expired.pem");

const CASES: readonly (readonly [time: string, warning: string | undefined])[] = [
  [
    "2019-12-31T23:59:59Z",
    "TLS_CERT_PEM is not valid before 2020-01-01: check the clock of this machine.",
  ],
  ["2020-01-01T00:00:00Z", undefined],
  ["2020-12-18T00:00:00Z", undefined],
  [
    "2020-12-18T00:00:01Z",
    "TLS_CERT_PEM expires in 13 days, on 2021-01-01. Renew it, and restart tsmetrics with the new one.",
  ],
  [
    "2020-12-30T23:00:00Z",
    "TLS_CERT_PEM expires in 1 day, on 2021-01-01. Renew it, and restart tsmetrics with the new one.",
  ],
  [
    "2020-12-31T23:59:59Z",
    "TLS_CERT_PEM expires in less than a day, on 2021-01-01. Renew it, and restart tsmetrics with the new one.",
  ],
  [
    "2021-01-01T00:00:00Z",
    "TLS_CERT_PEM has expired on 2021-01-01. Renew it, and restart tsmetrics with the new one.",
  ],
];
for (const [time, warning] of CASES) {
  Deno.test(`expiryWarning() at ${time}`, () => {
    assertEquals(expiryWarning(PEM, Date.parse(time)), warning);
  });
}

Deno.test("expiryWarning() tells nothing of what is no certificate, and looks at the first", () => {
  assertEquals(expiryWarning("none", 0), undefined);
  const chain = `${fixtureText("tls/cert.pem")}${PEM}`;
  assertEquals(expiryWarning(chain, Date.parse("2050-01-01T00:00:00Z")), undefined);
});

Deno.test("watchExpiry() warns once a day from two weeks before the end, until it is stopped", async () => {
  const clock = new FakeClock(Date.parse("2020-12-16T12:00:00Z"));
  const lines: string[] = [];
  const stop = new AbortController();
  const { delay, now } = clock;
  const log: Pick<Logger, "warning"> = {
    warning: (message, properties = {}) => void lines.push(fillMessage(message, properties)),
  };
  const watch = watchExpiry({ certPem: PEM, now, delay, log }, stop.signal);
  for (let hour = 0; hour < 72; hour++) await clock.advance(3_600_000);
  stop.abort();
  await watch;
  assertEquals(lines.map((line) => line.replace(/, on.*/, "")), [
    "TLS_CERT_PEM expires in 13 days",
    "TLS_CERT_PEM expires in 12 days",
  ]);
});
