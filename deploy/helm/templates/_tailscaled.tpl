{{/*
A node of the tailnet in userspace mode. Its proxy listens on the pod's loopback only, because
whoever reaches it reaches the tailnet.
*/}}
{{- define "tsmetrics.tailscaled" -}}
{{- $tsnet := .Values.tailscale.tsnet -}}
{{- $tags := list -}}
{{- range splitList "," $tsnet.tags -}}
{{- with trim . }}{{ $tags = append $tags (printf "tag:%s" (trimPrefix "tag:" .)) }}{{ end -}}
{{- end -}}
{{- $arguments := list -}}
{{- with $tags }}{{ $arguments = append $arguments (printf "--advertise-tags=%s" (join "," .)) }}{{ end -}}
{{- with .Values.headscale.url }}{{ $arguments = append $arguments (printf "--login-server=%s" .) }}{{ end -}}
- name: tailscale
  {{- if $tsnet.image.digest }}
  image: {{ $tsnet.image.repository }}@{{ $tsnet.image.digest }}
  {{- else }}
  image: {{ $tsnet.image.repository }}:{{ $tsnet.image.tag }}
  {{- end }}
  imagePullPolicy: {{ $tsnet.image.pullPolicy }}
  env:
    {{- $key := include "tsmetrics.authKey" . }}
    {{- if eq $key "OAUTH_CLIENT_SECRET" }}
    - name: CLIENT_SECRET
      valueFrom:
        secretKeyRef:
          name: {{ include "tsmetrics.secretName" . }}
          key: OAUTH_CLIENT_SECRET
    # A node whose state is kept must not vanish from the tailnet while its pod is away.
    - name: TS_AUTHKEY
      value: $(CLIENT_SECRET)?ephemeral={{ not .Values.persistence.enabled }}&preauthorized=true
    {{- else }}
    - name: TS_AUTHKEY
      valueFrom:
        secretKeyRef:
          name: {{ include "tsmetrics.secretName" . }}
          key: {{ $key }}
    {{- end }}
    - name: TS_AUTH_ONCE
      value: "true"
    - name: TS_HOSTNAME
      value: {{ $tsnet.hostname | quote }}
    {{- with $arguments }}
    - name: TS_EXTRA_ARGS
      value: {{ join " " . | quote }}
    {{- end }}
    # Empty: the state is in the directory, not in a Secret, so no access to Kubernetes is needed.
    - name: TS_KUBE_SECRET
      value: ""
    # Below the volume: tailscaled wants a directory of its own, and the volume's is root's.
    - name: TS_STATE_DIR
      value: /var/lib/tailscale/state
    - name: TS_SOCKET
      value: /var/run/tailscale/tailscaled.sock
    - name: TS_USERSPACE
      value: "true"
    - name: TS_SOCKS5_SERVER
      value: 127.0.0.1:1055
    - name: TS_LOCAL_ADDR_PORT
      value: 127.0.0.1:9002
    - name: TS_ENABLE_HEALTH_CHECK
      value: "true"
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  {{- with $tsnet.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - name: data
      mountPath: /var/lib/tailscale
      subPath: tailscale
    - name: tailscale-run
      mountPath: /var/run/tailscale
      subPath: run
    - name: tailscale-run
      mountPath: /tmp
      subPath: tmp
{{- end -}}

{{/* The key of the Secret that registers the node. */}}
{{- define "tsmetrics.authKey" -}}
{{- with .Values.tailscale -}}
{{- .tsnet.authKeySecretKey | default (ternary "TS_AUTHKEY" "OAUTH_CLIENT_SECRET" (ne .authKey "")) -}}
{{- end -}}
{{- end -}}
