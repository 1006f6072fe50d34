{{- define "tsmetrics.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 characters: the longest suffix is "-headless", and pods of a StatefulSet get a number. */}}
{{- define "tsmetrics.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "tsmetrics.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tsmetrics.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tsmetrics.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tsmetrics.labels" -}}
{{ include "tsmetrics.selectorLabels" . }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- end -}}

{{- define "tsmetrics.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "tsmetrics.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* In mode sidecar tsmetrics-host, the program that may open tailscaled's socket. */}}
{{- define "tsmetrics.image" -}}
{{- $isHost := include "tsmetrics.sidecar" . -}}
{{- with .Values.image -}}
{{- $repository := .repository -}}
{{- if $isHost }}{{ $repository = .hostRepository | default (printf "%s-host" .repository) }}{{ end -}}
{{- if .digest -}}
{{- printf "%s@%s" $repository .digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.tag | default (printf "v%s" $.Chart.AppVersion)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The Secret that holds the credentials: the user's, or ours. */}}
{{- define "tsmetrics.secretName" -}}
{{- if .Values.externalSecret.enabled -}}
{{- .Values.externalSecret.secretName -}}
{{- else -}}
{{- include "tsmetrics.fullname" . -}}
{{- end -}}
{{- end -}}

{{- define "tsmetrics.port" -}}
{{- .Values.settings.PORT | default 9100 | int -}}
{{- end -}}

{{- define "tsmetrics.scheme" -}}
{{- ternary "https" "http" .Values.tls.enabled -}}
{{- end -}}

{{/* StatefulSet where each pod has a number or a volume of its own, else Deployment. */}}
{{- define "tsmetrics.kind" -}}
{{- if or (gt (int .Values.shards) 1) .Values.persistence.enabled -}}StatefulSet{{- else -}}Deployment{{- end -}}
{{- end -}}

{{- define "tsmetrics.replicas" -}}
{{- if gt (int .Values.shards) 1 -}}{{ int .Values.shards }}{{- else -}}{{ int .Values.replicaCount }}{{- end -}}
{{- end -}}

{{/* "true" if there may be more than one pod. */}}
{{- define "tsmetrics.several" -}}
{{- if or (gt (include "tsmetrics.replicas" . | int) 1) .Values.autoscaling.enabled -}}true{{- end -}}
{{- end -}}

{{/* "true" if Prometheus finds the pods by the annotations prometheus.io/*. */}}
{{- define "tsmetrics.annotated" -}}
{{- $monitored := or .Values.serviceMonitor.enabled .Values.podMonitor.enabled .Values.scrapeConfig.enabled -}}
{{- if and .Values.service.prometheusAnnotations (not $monitored) -}}true{{- end -}}
{{- end -}}

{{- define "tsmetrics.prometheusAnnotations" -}}
prometheus.io/scrape: "true"
prometheus.io/path: /metrics
prometheus.io/port: {{ .port | quote }}
prometheus.io/scheme: {{ .scheme }}
{{- end -}}
