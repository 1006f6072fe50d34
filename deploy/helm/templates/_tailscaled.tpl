{{/*
A node of the tailnet in userspace mode. Its proxy listens on the pod's loopback only, because
a client that reaches it reaches the tailnet.
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
    {{- if eq (include "tsmetrics.authKey" .) "OAUTH_CLIENT_SECRET" }}
    - name: CLIENT_SECRET
      valueFrom:
        secretKeyRef:
          name: {{ include "tsmetrics.secretName" . }}
          key: OAUTH_CLIENT_SECRET
    {{- end }}
    {{- include "tsmetrics.authKeyEnv" (dict "root" . "client" "CLIENT_SECRET") | nindent 4 }}
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

{{/*
TS_AUTHKEY as items of a list: a key, or the secret of the OAuth client, which is in the variable
`client` above it.
*/}}
{{- define "tsmetrics.authKeyEnv" -}}
{{- $root := .root -}}
{{- $key := include "tsmetrics.authKey" $root }}
- name: TS_AUTHKEY
{{- if eq $key "OAUTH_CLIENT_SECRET" }}
  # A node whose state is kept must not vanish from the tailnet while its pod is away.
  value: $({{ .client }})?ephemeral={{ not $root.Values.persistence.enabled }}&preauthorized=true
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ include "tsmetrics.secretName" $root }}
      key: {{ $key }}
{{- end }}
{{- end -}}

{{/* "yes" where the node runs in a container of its own, and where it runs in tsmetrics. */}}
{{- define "tsmetrics.sidecar" -}}
{{- with .Values.tailscale.tsnet }}{{ if and .enabled (eq .mode "sidecar") }}yes{{ end }}{{ end -}}
{{- end -}}

{{- define "tsmetrics.embedded" -}}
{{- with .Values.tailscale.tsnet }}{{ if and .enabled (ne .mode "sidecar") }}yes{{ end }}{{ end -}}
{{- end -}}
