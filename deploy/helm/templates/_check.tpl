{{/*
Values that contradict each other end here, all of them at once, before anything is installed.
Unknown values and wrong types are refused by values.schema.json, single settings by the program.
*/}}
{{- define "tsmetrics.check" -}}
{{- $faults := concat (include "tsmetrics.checkSource" . | fromYamlArray) (include "tsmetrics.checkPod" . | fromYamlArray) (include "tsmetrics.checkAccess" . | fromYamlArray) -}}
{{- with $faults }}{{ fail (printf "\n%s\n" (join "\n" .)) }}{{ end -}}
{{- end -}}

{{- define "tsmetrics.checkSource" -}}
{{- $tailscale := .Values.tailscale -}}
{{- $external := .Values.externalSecret -}}
{{- if and $external.enabled (not $external.secretName) }}
- "Cannot use externalSecret: got no secretName, want the name of a Secret in the namespace {{ .Release.Namespace }}."
{{- end }}
{{- $ignored := list }}
{{- if $external.enabled }}
{{- range list "oauthToken" "authKey" }}
{{- if index $tailscale . }}{{ $ignored = append $ignored (printf "tailscale.%s" .) }}{{ end }}
{{- end }}
{{- if .Values.headscale.apiKey }}{{ $ignored = append $ignored "headscale.apiKey" }}{{ end }}
{{- if .Values.metricsToken.value }}{{ $ignored = append $ignored "metricsToken.value" }}{{ end }}
{{- if .Values.basicAuth.users }}{{ $ignored = append $ignored "basicAuth.users" }}{{ end }}
{{- if .Values.alerts.webhookUrl }}{{ $ignored = append $ignored "alerts.webhookUrl" }}{{ end }}
{{- range list "token" "password" }}
{{- if index $.Values.push . }}{{ $ignored = append $ignored (printf "push.%s" .) }}{{ end }}
{{- end }}
{{- range $name, $_ := .Values.secretSettings }}{{ $ignored = append $ignored (printf "secretSettings.%s" $name) }}{{ end }}
{{- end }}
{{- with $ignored }}
- "Cannot use externalSecret: got {{ join ", " . }} besides, want secrets in one place: put them into that Secret, or unset externalSecret.enabled."
{{- end }}
{{- if and $tailscale.oauthToken (or $tailscale.oauthClientId $tailscale.oauthClientSecret) }}
- "Cannot choose a credential: got tailscale.oauthToken and an OAuth client, want one of them."
{{- else if and $tailscale.oauthClientId (not $tailscale.oauthClientSecret) (not $external.enabled) }}
- "Cannot use the OAuth client: got tailscale.oauthClientId alone, want tailscale.oauthClientSecret with it."
{{- else if and $tailscale.oauthClientSecret (not $tailscale.oauthClientId) }}
- "Cannot use the OAuth client: got tailscale.oauthClientSecret alone, want tailscale.oauthClientId with it."
{{- end }}
{{- with .Values.headscale }}
{{- if and .url (not .apiKey) (not $external.enabled) }}
- "Cannot use headscale: got headscale.url alone, want headscale.apiKey or externalSecret with it."
{{- else if and .apiKey (not .url) }}
- "Cannot use headscale: got headscale.apiKey alone, want headscale.url with it."
{{- end }}
{{- if and .url (or $tailscale.oauthClientId $tailscale.oauthClientSecret $tailscale.oauthToken $.Values.settings.TAILSCALE_API_URL) }}
- "Cannot choose a control plane: got headscale.url and settings of Tailscale's API, want one of them."
{{- end }}
{{- end }}
{{- if and .Values.settings.TSNET_ALLOW (not $tailscale.tsnet.enabled) }}
- "Cannot use settings.TSNET_ALLOW: got tailscale.tsnet.enabled false, where tsmetrics is no node itself and cannot tell nodes apart, want true."
{{- end }}
{{- if $tailscale.tsnet.enabled }}
{{- if .Values.settings.SCRAPE_PROXY }}
- "Cannot use settings.SCRAPE_PROXY: got tailscale.tsnet.enabled, which is a way to devices itself, want one of them."
{{- end }}
{{- $key := include "tsmetrics.authKey" . }}
{{- if .Values.headscale.url }}
{{- if eq $key "OAUTH_CLIENT_SECRET" }}
- "Cannot join the tailnet of headscale: got no auth key, want tailscale.authKey made by `headscale preauthkeys create`, or tailscale.tsnet.authKeySecretKey."
{{- end }}
{{- else if and (not $external.enabled) (not (hasKey (include "tsmetrics.secretData" . | fromYaml) $key)) }}
- "Cannot join the tailnet: got no {{ $key }}, want tailscale.authKey, or an OAuth client with the scope auth_keys."
{{- end }}
{{- end }}
{{- end -}}

{{- define "tsmetrics.checkPod" -}}
{{- $values := .Values -}}
{{- $shards := int $values.shards -}}
{{- if gt $shards 1 }}
{{- if or $values.autoscaling.enabled (gt (int $values.replicaCount) 1) }}
- "Cannot use shards: got {{ $shards }} with autoscaling or replicaCount, want shards alone, which is the number of pods."
{{- end }}
{{- if semverCompare "<1.28.0-0" .Capabilities.KubeVersion.Version }}
- "Cannot use shards: got Kubernetes {{ .Capabilities.KubeVersion.Version }}, want 1.28 or newer, which tells a pod its number."
{{- end }}
{{- if $values.scrapeConfig.enabled }}
- "Cannot use scrapeConfig: got {{ $shards }} shards, each with a part of the devices already, want serviceMonitor or podMonitor."
{{- end }}
{{- end }}
{{- with $values.persistence }}
{{- if and .existingClaim (not .enabled) }}
- "Cannot use persistence.existingClaim: got persistence.enabled false, want true."
{{- end }}
{{- if and .existingClaim (include "tsmetrics.several" $) }}
- "Cannot use persistence.existingClaim: got more than one pod, want none, so that each pod has a volume of its own."
{{- end }}
{{- end }}
{{- with $values.autoscaling }}
{{- if .enabled }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
- "Cannot use autoscaling: got minReplicas {{ int .minReplicas }} and maxReplicas {{ int .maxReplicas }}, want at most maxReplicas."
{{- end }}
{{- if not (or .targetCPUUtilizationPercentage .targetMemoryUtilizationPercentage) }}
- "Cannot use autoscaling: got no target, want targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage."
{{- end }}
{{- end }}
{{- end }}
{{- with $values.podDisruptionBudget }}
{{- if not (or (kindIs "invalid" .minAvailable) (kindIs "invalid" .maxUnavailable)) }}
- "Cannot use podDisruptionBudget: got minAvailable and maxUnavailable, want one of them."
{{- end }}
{{- end }}
{{- with $values.alerts }}
{{- $named := list }}
{{- if .alertmanagerUrl }}{{ $named = append $named "alertmanagerUrl" }}{{ end }}
{{- if .webhookUrl }}{{ $named = append $named "webhookUrl" }}{{ end }}
{{- if and $named (not (and .enabled $values.history.enabled)) }}
- "Cannot use alerts.{{ join " and alerts." $named }}: got {{ ternary "history" "alerts" .enabled }}.enabled false, want true."
{{- end }}
{{- end }}
{{- with $values.push }}
{{- if and (not .url) (or .token .password .org .bucket .database .username) }}
- "Cannot use push: got no url, want that of InfluxDB or VictoriaMetrics."
{{- end }}
{{- range list "bucket" "org" }}
{{- if and $values.push.database (index $values.push .) }}
- "Cannot use push: got {{ . }} and database, want one of them."
{{- end }}
{{- end }}
{{- if .url }}
{{- $login := ternary "username" "password" (not (empty .username)) }}
{{- if and (or .username .password) (not .database) }}
- "Cannot use push.{{ $login }}: got no database, want push.database, or push.token instead of a login."
{{- else if and .password (not .username) }}
- "Cannot use push: got password alone, want username with it."
{{- else if and .username (not .password) (not $values.externalSecret.enabled) }}
- "Cannot use push: got username alone, want password with it."
{{- end }}
{{- end }}
{{- end }}
{{- $sinks := list }}
{{- if $values.access.enabled }}{{ $sinks = append $sinks "access" }}{{ end }}
{{- if has ($values.settings.ACCESS_INGEST | toString | lower) (list "true" "yes" "on" "1") }}{{ $sinks = append $sinks "settings.ACCESS_INGEST" }}{{ end }}
{{- if and $sinks (include "tsmetrics.several" $) }}
- "Cannot use {{ join " and " $sinks }}: got more than one pod by replicaCount, shards or autoscaling, want one, because each pod counts only the lines that it gets."
{{- end }}
{{- if and $values.access.enabled (eq (int $values.access.port) (include "tsmetrics.port" . | int)) }}
- "Cannot use access.port: got {{ int $values.access.port }}, which is the port of /metrics, want another."
{{- end }}
{{- $taken := list }}
{{- range include "tsmetrics.env" . | fromYamlArray }}{{ $taken = append $taken .name }}{{ end }}
{{- range $values.extraEnv }}
{{- if has .name $taken }}
- "Cannot use extraEnv: got {{ .name }}, which the chart sets already, want its own value."
{{- end }}
{{- end }}
{{- end -}}

{{- define "tsmetrics.checkAccess" -}}
{{- $values := .Values -}}
{{- $host := $values.settings.BIND_HOST | default "" -}}
{{- if or (eq $host "localhost") (hasPrefix "127." $host) (eq $host "::1") }}
- "Cannot use settings.BIND_HOST: got {{ $host }}, want an address that probes and Prometheus reach, such as 0.0.0.0 or ::."
{{- else if and (not $host) (not (has (lower ($values.settings.ENV | default "production")) (list "production" "prod"))) }}
- "Cannot use settings.ENV: got {{ $values.settings.ENV }}, which listens on 127.0.0.1, want production."
{{- end }}
{{- if and (hasKey $values.settings "PORT") (lt (int $values.settings.PORT) 1) }}
- "Cannot use settings.PORT: got {{ $values.settings.PORT }}, want the number of a port, which the Service knows."
{{- end }}
{{- if and $values.metricsToken.value (not $values.metricsToken.enabled) }}
- "Cannot use metricsToken.value: got metricsToken.enabled false, want true."
{{- end }}
{{- if and $values.metricsToken.enabled (not $values.metricsToken.value) (not $values.externalSecret.enabled) }}
- "Cannot use metricsToken: got no value, want 16 characters or more, or externalSecret with the key METRICS_TOKEN."
{{- end }}
{{- with $values.basicAuth }}
{{- if and .users (not .enabled) }}
- "Cannot use basicAuth.users: got basicAuth.enabled false, want true."
{{- end }}
{{- if and .enabled (not .users) (not $values.externalSecret.enabled) }}
- "Cannot use basicAuth: got no users, want NAME:HASH of each, or externalSecret with the key BASIC_AUTH_USERS."
{{- end }}
{{- end }}
{{- if and $values.tls.clientCaKey (not $values.tls.enabled) }}
- "Cannot use tls.clientCaKey: got tls.enabled false, want true."
{{- end }}
{{- if and $values.tls.enabled (not $values.tls.secretName) }}
- "Cannot use tls: got no secretName, want the name of a Secret with the keys tls.crt and tls.key."
{{- end }}
{{- if and $values.ingress.enabled (not $values.ingress.hosts) }}
- "Cannot use ingress: got no hosts, want one at least."
{{- end }}
{{- if and $values.httpRoute.enabled (not $values.httpRoute.parentRefs) }}
- "Cannot use httpRoute: got no parentRefs, want the gateway that it belongs to."
{{- end }}
{{- $monitors := list }}
{{- range list "serviceMonitor" "podMonitor" "scrapeConfig" }}
{{- if (index $values .).enabled }}{{ $monitors = append $monitors . }}{{ end }}
{{- end }}
{{- range $monitors }}
{{- if and $values.basicAuth.enabled (not $values.metricsToken.enabled) (not $values.basicAuth.secretName) }}
- "Cannot use {{ . }}: got basicAuth without a token, want basicAuth.secretName, a Secret with the keys username and password."
{{- end }}
{{- if and $values.tls.clientCaKey (not (index $values .).tlsConfig.cert) }}
- "Cannot use {{ . }}: got tls.clientCaKey, want {{ . }}.tlsConfig with cert and keySecret, which Prometheus shows."
{{- end }}
{{- end }}
{{- if gt (len $monitors) 1 }}
- "Cannot use {{ join " and " $monitors }}: got the same target twice, want one of them."
{{- end }}
{{- end -}}
