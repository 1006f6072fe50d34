{{/* The pod of Deployment and StatefulSet. */}}
{{- define "tsmetrics.pod" -}}
metadata:
  labels:
    {{- include "tsmetrics.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: tsmetrics
    # A changed secret rolls the pod. An external one is looked up, which only works in a cluster.
    {{- if .Values.externalSecret.enabled }}
    {{- $found := lookup "v1" "Secret" .Release.Namespace .Values.externalSecret.secretName }}
    checksum/secret: {{ get $found "data" | toJson | sha256sum }}
    {{- else }}
    checksum/secret: {{ include "tsmetrics.secretData" . | sha256sum }}
    {{- end }}
    {{- if and (include "tsmetrics.annotated" .) (include "tsmetrics.several" .) }}
    {{- $port := include "tsmetrics.port" . }}
    {{- include "tsmetrics.prometheusAnnotations" (dict "port" $port "scheme" (include "tsmetrics.scheme" .)) | nindent 4 }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "tsmetrics.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: tsmetrics
      image: {{ include "tsmetrics.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        {{- include "tsmetrics.env" . | trim | nindent 8 }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: metrics
          containerPort: {{ include "tsmetrics.port" . }}
          protocol: TCP
        {{- if .Values.access.enabled }}
        {{- range list "UDP" "TCP" }}
        - name: access-{{ lower . }}
          containerPort: {{ int $.Values.access.port }}
          protocol: {{ . }}
        {{- end }}
        {{- end }}
      {{- range $probe, $path := dict "startupProbe" "/startupz" "livenessProbe" "/livez" "readinessProbe" "/readyz" }}
      {{ $probe }}:
        httpGet:
          path: {{ $path }}
          port: metrics
          scheme: {{ include "tsmetrics.scheme" $ | upper }}
        {{- toYaml (index $.Values $probe) | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: data
          mountPath: /var/lib/tsmetrics
          subPath: tsmetrics
        {{- if include "tsmetrics.sidecar" . }}
        - name: tailscale-run
          mountPath: /var/run/tailscale
          subPath: run
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- if include "tsmetrics.sidecar" . }}
    {{- include "tsmetrics.tailscaled" . | nindent 4 }}
    {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $volumes := list }}
  {{- if .Values.persistence.existingClaim }}
  {{- $volumes = append $volumes (dict "name" "data" "persistentVolumeClaim" (dict "claimName" .Values.persistence.existingClaim)) }}
  {{- else if not .Values.persistence.enabled }}
  {{- $volumes = append $volumes (dict "name" "data" "emptyDir" (dict "sizeLimit" "256Mi")) }}
  {{- end }}
  {{- if include "tsmetrics.sidecar" . }}
  {{- $volumes = append $volumes (dict "name" "tailscale-run" "emptyDir" (dict "medium" "Memory" "sizeLimit" "16Mi")) }}
  {{- with .Values.tailscale.tsnet.caConfigMap }}
  {{- $volumes = append $volumes (dict "name" "tailscale-ca" "configMap" (dict "name" .)) }}
  {{- end }}
  {{- end }}
  {{- with concat $volumes .Values.extraVolumes }}
  volumes:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
