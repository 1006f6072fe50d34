{{/*
A tailscaled in userspace mode, which tsmetrics logs in and names over its socket: it takes orders
from processes of its own user. Its proxy listens on the pod's loopback only, because a client that
reaches it reaches the tailnet.
*/}}
{{- define "tsmetrics.tailscaled" -}}
{{- $tsnet := .Values.tailscale.tsnet -}}
- name: tailscale
  {{- if $tsnet.image.digest }}
  image: {{ $tsnet.image.repository }}@{{ $tsnet.image.digest }}
  {{- else }}
  image: {{ $tsnet.image.repository }}:{{ $tsnet.image.tag }}
  {{- end }}
  imagePullPolicy: {{ $tsnet.image.pullPolicy }}
  command:
    - /usr/local/bin/tailscaled
    - --tun=userspace-networking
    - --socks5-server=127.0.0.1:1055
    # Below the volume: tailscaled wants a directory of its own, and the volume's is root's.
    - --statedir=/var/lib/tailscale/state
    - --socket=/var/run/tailscale/tailscaled.sock
  {{- if $tsnet.caConfigMap }}
  env:
    # Files in it count beside the system's bundle; SSL_CERT_FILE would replace the bundle.
    - name: SSL_CERT_DIR
      value: /etc/ssl/tsmetrics
  {{- end }}
  # Succeeds as soon as tailscaled answers, logged in or not.
  livenessProbe:
    exec:
      command: [/usr/local/bin/tailscale, status, --json, --peers=false]
    initialDelaySeconds: 10
    periodSeconds: 30
    timeoutSeconds: 10
    failureThreshold: 4
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
    {{- if $tsnet.caConfigMap }}
    - name: tailscale-ca
      mountPath: /etc/ssl/tsmetrics
    {{- end }}
{{- end -}}

{{/* The key of the Secret that registers the node. */}}
{{- define "tsmetrics.authKey" -}}
{{- with .Values.tailscale -}}
{{- .tsnet.authKeySecretKey | default (ternary "TS_AUTHKEY" "OAUTH_CLIENT_SECRET" (ne .authKey "")) -}}
{{- end -}}
{{- end -}}

{{/*
TS_AUTHKEY as items of a list: a key, or the secret of the OAuth client, which is in the variable
above it.
*/}}
{{- define "tsmetrics.authKeyEnv" -}}
{{- $key := include "tsmetrics.authKey" . }}
- name: TS_AUTHKEY
{{- if eq $key "OAUTH_CLIENT_SECRET" }}
  # A node whose state is kept must not vanish from the tailnet while its pod is away.
  value: $(OAUTH_CLIENT_SECRET)?ephemeral={{ not .Values.persistence.enabled }}&preauthorized=true
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ include "tsmetrics.secretName" . }}
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
