{{/*
Settings that come from a Secret, and the values of the chart that have them. With externalSecret
each is optional, because only its owner knows which keys it has; the program says what is missing.
*/}}
{{- define "tsmetrics.secretData" -}}
{{- $data := dict -}}
{{- with .Values.tailscale -}}
{{- if .oauthClientId }}{{ $_ := set $data "OAUTH_CLIENT_ID" .oauthClientId }}{{ end -}}
{{- if .oauthClientSecret }}{{ $_ := set $data "OAUTH_CLIENT_SECRET" .oauthClientSecret }}{{ end -}}
{{- if .oauthToken }}{{ $_ := set $data "OAUTH_TOKEN" .oauthToken }}{{ end -}}
{{- if .authKey }}{{ $_ := set $data "TS_AUTHKEY" .authKey }}{{ end -}}
{{- end -}}
{{- if .Values.headscale.apiKey }}{{ $_ := set $data "HEADSCALE_API_KEY" .Values.headscale.apiKey }}{{ end -}}
{{- if .Values.metricsToken.enabled }}{{ $_ := set $data "METRICS_TOKEN" .Values.metricsToken.value }}{{ end -}}
{{- if .Values.basicAuth.enabled }}{{ $_ := set $data "BASIC_AUTH_USERS" .Values.basicAuth.users }}{{ end -}}
{{- with .Values.alerts.webhookUrl }}{{ $_ := set $data "ALERT_WEBHOOK_URL" . }}{{ end -}}
{{- with .Values.push.token }}{{ $_ := set $data "INFLUX_TOKEN" . }}{{ end -}}
{{- with .Values.push.password }}{{ $_ := set $data "INFLUX_PASSWORD" . }}{{ end -}}
{{- range $name, $value := .Values.secretSettings }}{{ $_ := set $data $name $value }}{{ end -}}
{{- toYaml $data -}}
{{- end -}}

{{/* Names of the secret settings of the program but TS_AUTHKEY, which tsmetrics.authKeyEnv adds. */}}
{{- define "tsmetrics.secretNames" -}}
{{- if .Values.externalSecret.enabled -}}
{{- if not (index (include "tsmetrics.plainEnv" . | fromYaml) "TAILNET_NAME") }}
- TAILNET_NAME
{{- end }}
{{- if not .Values.headscale.url }}
- HEADSCALE_URL
{{- end }}
- OAUTH_CLIENT_ID
- OAUTH_CLIENT_SECRET
- OAUTH_TOKEN
- HEADSCALE_API_KEY
- LOCALAPI_PASSWORD
- BRIDGE_TOKEN
- ALERT_WEBHOOK_URL
- INFLUX_TOKEN
- INFLUX_PASSWORD
- TSNET_STATE
- ACCESS_REDACT_KEY
{{- else -}}
{{- range $name, $_ := omit (include "tsmetrics.secretData" . | fromYaml) "TS_AUTHKEY" "METRICS_TOKEN" "BASIC_AUTH_USERS" }}
- {{ $name }}
{{- end }}
{{- end }}
{{- if .Values.metricsToken.enabled }}
- METRICS_TOKEN
{{- end }}
{{- if .Values.basicAuth.enabled }}
- BASIC_AUTH_USERS
{{- end }}
{{- end -}}

{{/* The other settings, as a map of texts. Numbers go through JSON: 2000000 would become 2e+06. */}}
{{- define "tsmetrics.plainEnv" -}}
{{- $env := dict "ENV" "production" "XDG_DATA_HOME" "/var/lib/tsmetrics" -}}
{{- if .Values.tailscale.tailnetName }}{{ $_ := set $env "TAILNET_NAME" .Values.tailscale.tailnetName }}{{ end -}}
{{- if .Values.headscale.url }}{{ $_ := set $env "HEADSCALE_URL" .Values.headscale.url }}{{ end -}}
{{- with .Values.tailscale.tsnet -}}
{{- if .enabled -}}
{{- $_ := set $env "USE_TSNET" "true" -}}
{{- $_ := set $env "TSNET_HOSTNAME" (ternary "$(POD_NAME)" .hostname (eq (include "tsmetrics.several" $) "true")) -}}
{{- if .tags }}{{ $_ := set $env "TSNET_TAGS" .tags }}{{ end -}}
{{- /* Probes come from outside the pod; USE_TSNET alone would listen on loopback. */ -}}
{{- $_ := set $env "BIND_HOST" "0.0.0.0" -}}
{{- if eq .mode "sidecar" -}}
{{- $_ := set $env "TSNET_MODE" "sidecar" -}}
{{- $_ := set $env "SCRAPE_PROXY" "socks5h://127.0.0.1:1055" -}}
{{- $_ := set $env "LOCALAPI_SOCKET" "/var/run/tailscale/tailscaled.sock" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.history -}}
{{- if not .enabled }}{{ $_ := set $env "HISTORY" "off" }}{{ end -}}
{{- with .keep }}{{ $_ := set $env "HISTORY_KEEP" . }}{{ end -}}
{{- end -}}
{{- with .Values.alerts -}}
{{- if not (and .enabled $.Values.history.enabled) }}{{ $_ := set $env "ALERTS" "off" }}{{ end -}}
{{- with .alertmanagerUrl }}{{ $_ := set $env "ALERTMANAGER_URL" . }}{{ end -}}
{{- if ne .webhookFormat "json" }}{{ $_ := set $env "ALERT_WEBHOOK_FORMAT" .webhookFormat }}{{ end -}}
{{- end -}}
{{- with .Values.access -}}
{{- $host := ternary "[::]" "0.0.0.0" (eq ($.Values.settings.BIND_HOST | default "") "::") -}}
{{- if .enabled }}{{ $_ := set $env "ACCESS_LISTEN" (printf "%s:%d" $host (int .port)) }}{{ end -}}
{{- end -}}
{{- $push := .Values.push -}}
{{- range $name, $key := dict "INFLUX_URL" "url" "INFLUX_ORG" "org" "INFLUX_BUCKET" "bucket" "INFLUX_DATABASE" "database" "INFLUX_USERNAME" "username" -}}
{{- with index $push $key }}{{ $_ := set $env $name . }}{{ end -}}
{{- end -}}
{{- range $name, $value := .Values.settings -}}
{{- $_ := set $env $name (kindIs "string" $value | ternary $value (toJson $value)) -}}
{{- end -}}
{{- $_ := set $env "PORT" (include "tsmetrics.port" .) -}}
{{- toYaml $env -}}
{{- end -}}

{{/* The environment of tsmetrics but for extraEnv, as items of a list. */}}
{{- define "tsmetrics.env" -}}
{{- if and .Values.tailscale.tsnet.enabled (include "tsmetrics.several" .) }}
# Each node of the tailnet needs a name of its own.
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end }}
{{- range $name, $value := include "tsmetrics.plainEnv" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- if gt (int .Values.shards) 1 }}
- name: POD_INDEX
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['apps.kubernetes.io/pod-index']
- name: SHARD
  value: $(POD_INDEX)/{{ int .Values.shards }}
{{- end }}
{{- range include "tsmetrics.secretNames" . | fromYamlArray }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ include "tsmetrics.secretName" $ }}
      key: {{ . }}
      {{- if and $.Values.externalSecret.enabled (not (has . (list "METRICS_TOKEN" "BASIC_AUTH_USERS"))) }}
      optional: true
      {{- end }}
{{- end }}
{{- if .Values.tailscale.tsnet.enabled }}
{{- include "tsmetrics.authKeyEnv" . }}
{{- end }}
{{- if .Values.tls.enabled }}
- name: TLS_CERT_PEM
  valueFrom:
    secretKeyRef:
      name: {{ .Values.tls.secretName }}
      key: tls.crt
- name: TLS_KEY_PEM
  valueFrom:
    secretKeyRef:
      name: {{ .Values.tls.secretName }}
      key: tls.key
{{- with .Values.tls.clientCaKey }}
- name: TLS_CLIENT_CA_PEM
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.tls.secretName }}
      key: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
