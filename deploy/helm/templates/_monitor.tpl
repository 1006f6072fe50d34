{{/* How an endpoint is scraped, for ServiceMonitor and PodMonitor. Takes the chart and the monitor. */}}
{{- define "tsmetrics.endpoint" -}}
{{- $chart := .chart -}}
{{- with .monitor -}}
port: metrics
path: /metrics
scheme: {{ include "tsmetrics.scheme" $chart }}
interval: {{ .interval }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- include "tsmetrics.authorization" $chart }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "tsmetrics.authorization" -}}
{{- if .Values.metricsToken.enabled }}
authorization:
  type: Bearer
  credentials:
    name: {{ include "tsmetrics.secretName" . }}
    key: METRICS_TOKEN
{{- else if .Values.basicAuth.enabled }}
basicAuth:
  username:
    name: {{ .Values.basicAuth.secretName }}
    key: username
  password:
    name: {{ .Values.basicAuth.secretName }}
    key: password
{{- end }}
{{- end -}}

{{- define "tsmetrics.monitorMetadata" -}}
name: {{ include "tsmetrics.fullname" .chart }}
labels:
  {{- include "tsmetrics.labels" .chart | nindent 2 }}
  {{- with .monitor.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
