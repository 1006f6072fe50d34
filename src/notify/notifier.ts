/**
 * Sends alerts to Alertmanager and to a webhook. Compares what a receiver was told with what is so,
 * instead of keeping a queue: a failed request is made again with what is so by then, and a restart
 * neither repeats nor forgets.
 *
 * @module
 */

import type { Alert, Alerts, AlertState, Told } from "../alerts/mod.ts";
import { describeFetchError, tlsAdvice } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import type { Redactor } from "../secret/redactor.ts";
import type { Secret } from "../secret/secret.ts";
import { doubledMs } from "../time/backoff.ts";
import type { Delay } from "../time/delay.ts";
import { withTimeout } from "../time/timeout.ts";
import { TroubleLog } from "../log/trouble.ts";
import { postableAlerts } from "./alertmanager.ts";
import { renderMessage, type WebhookFormat } from "./webhook_message.ts";

/** Timeout of one request, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Time after which Alertmanager is sent the same again, in milliseconds. */
const RESEND_MS = 60_000;

/** Wait after the first failure and the longest wait, in milliseconds; it doubles in between. */
const FIRST_WAIT_MS = 15_000, LONGEST_WAIT_MS = 5 * 60_000;

/** How long it is remembered that the end of an alert was told, at least, in milliseconds. */
const REMEMBER_MS = 86_400_000;

/** States that receivers are told of. */
const SENT: readonly AlertState[] = ["firing", "resolved"];

/** Receivers of alerts. */
export type Receiver = "alertmanager" | "webhook";

/** What a {@linkcode Notifier} needs. */
export interface NotifierOptions {
  /** The alerts, and what the webhook was told of them. */
  readonly alerts: Alerts;
  /** Base URL of Alertmanager; undefined for none. */
  readonly alertmanager: URL | undefined;
  /** The webhook; undefined for none. */
  readonly webhook: { readonly url: Secret; readonly format: WebhookFormat } | undefined;
  /** How long an alert that fires again after its end is not told again, in milliseconds. */
  readonly cooldownMs: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** Sends a request. */
  readonly fetch: typeof fetch;
  /** Hides what a proxy or receiver may echo. */
  readonly redactor: Redactor;
  /** Waits. Default: the platform's timer. */
  readonly delay?: Delay;
  /** Is told of each request. */
  readonly onSent: (receiver: Receiver, succeeded: boolean) => void;
  /** Is told of receivers that fail, once each trouble. */
  readonly log: Logger;
}

/** Sends alerts. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #trouble: TroubleLog;
  readonly #failures = new Map<Receiver, { readonly count: number; readonly nextMs: number }>();
  #posted = "";
  #postedMs = -Infinity;

  /** A notifier that has sent nothing. */
  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** Sends what is due; receivers that fail are tried again later. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#postAlerts(signal);
    await this.#tellWebhook(signal);
  }

  async #postAlerts(signal: AbortSignal): Promise<void> {
    const { alertmanager, alerts, elapsed, now } = this.#options;
    if (alertmanager === undefined || !this.#mayTry("alertmanager")) return;
    const posted = postableAlerts(await alerts.list({ states: SENT }), now());
    // Until when an alert is valid changes with each look; that it has ended is sent at once.
    const key = JSON.stringify(posted.map(({ endsAt, labels, startsAt }) => {
      const isOver = Date.parse(endsAt) <= now();
      return [labels, startsAt, isOver];
    }));
    const isDue = key !== this.#posted || elapsed() - this.#postedMs >= RESEND_MS;
    if (!isDue || posted.length === 0 && this.#posted === key) return;
    const url = `${alertmanager.href.replace(/\/+$/, "")}/api/v2/alerts`;
    if (
      posted.length > 0 && !await this.#post("alertmanager", url, JSON.stringify(posted), signal)
    ) {
      return;
    }
    this.#posted = key;
    this.#postedMs = elapsed();
  }

  async #tellWebhook(signal: AbortSignal): Promise<void> {
    const { alerts, now, webhook } = this.#options;
    if (webhook === undefined || !this.#mayTry("webhook")) return;
    const due = this.#dueForWebhook(await alerts.list({ states: SENT }));
    if (due.length === 0) return;
    const { body, url } = renderMessage(webhook.format, webhook.url.reveal(), due);
    if (!await this.#post("webhook", url, body, signal)) return;
    for (const { firedMs = 0, id, state } of due) {
      const told = state === "resolved" ? "resolved" : "firing";
      alerts.noteTold({ id, firedMs, state: told, toldMs: now() });
    }
  }

  /** Alerts of which the webhook does not know how they are. */
  #dueForWebhook(listed: readonly Alert[]): readonly Alert[] {
    const { alerts, cooldownMs, now } = this.#options;
    const { told } = alerts;
    const current = new Map<string, Alert>();
    for (const alert of listed) {
      // Firing before resolved, the newest first: the first of an id is how it is.
      if (!current.has(alert.id)) current.set(alert.id, alert);
    }
    for (const last of [...told.values()]) {
      const { id, state, toldMs } = last;
      const isOld = now() - toldMs > Math.max(cooldownMs, REMEMBER_MS);
      if (state === "resolved") {
        if (isOld) alerts.forgetTold(id);
      } else if (!current.has(id)) {
        // Its end is listed no more, so it cannot be told; when it fires again, that must be.
        alerts.noteTold({ ...last, state: "resolved" });
      }
    }
    return [...current.values()].filter((alert) => this.#isDue(alert, told.get(alert.id)));
  }

  #isDue({ firedMs = 0, silencedUntilMs, state }: Alert, last: Told | undefined): boolean {
    const { alerts, cooldownMs, now } = this.#options;
    if (state === "resolved") return last?.state === "firing";
    if (last?.state === "firing") {
      // It ended and began again before that was told: to the receiver nothing has changed.
      if (last.firedMs !== firedMs) alerts.noteTold({ ...last, firedMs });
      return false;
    }
    if (silencedUntilMs !== undefined) return false;
    if (last === undefined) return true;
    const passedMs = now() - last.toldMs;
    // A clock that was ahead when it was told must not delay it until then.
    return passedMs < 0 || passedMs >= cooldownMs;
  }

  #mayTry(receiver: Receiver): boolean {
    return this.#options.elapsed() >= (this.#failures.get(receiver)?.nextMs ?? -Infinity);
  }

  /** Whether the receiver took it. */
  async #post(
    receiver: Receiver,
    url: string,
    body: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { delay, fetch, onSent } = this.#options;
    try {
      const status = await withTimeout(TIMEOUT_MS, async (signal) => {
        const headers = { "content-type": "application/json" };
        // A redirect could lead what is secret elsewhere.
        const response = await fetch(url, {
          method: "POST",
          headers,
          body,
          redirect: "manual",
          signal,
        });
        await response.body?.cancel();
        return response.status;
      }, { signal, ...delay && { delay } });
      if (status === 407) throw new Error("the HTTP proxy wants a login: check HTTPS_PROXY");
      if (status < 200 || status > 299) throw new Error(`it answered ${status}, wanted 2xx`);
    } catch (error) {
      if (signal.aborted) return false;
      onSent(receiver, false);
      this.#failed(receiver, this.#options.redactor.hide(describeFetchError(error)));
      return false;
    }
    onSent(receiver, true);
    this.#failures.delete(receiver);
    this.#trouble.over(receiver, "Alerts are sent to the {receiver} again", { receiver });
    return true;
  }

  #failed(receiver: Receiver, reason: string): void {
    const count = (this.#failures.get(receiver)?.count ?? 0) + 1;
    const waitMs = doubledMs(FIRST_WAIT_MS, count - 1, LONGEST_WAIT_MS);
    this.#failures.set(receiver, { count, nextMs: this.#options.elapsed() + waitMs });
    const setting = receiver === "webhook" ? "ALERT_WEBHOOK_URL" : "ALERTMANAGER_URL";
    const advice = tlsAdvice(reason, setting);
    this.#trouble.report(
      receiver,
      "Cannot send alerts to the {receiver}: {reason}; trying again, see {setting}",
      { receiver, reason: advice === undefined ? reason : `${reason}; ${advice}`, setting },
    );
  }
}
