# Two images from one build: `--target tsmetrics-host` for a host of the tailnet, else tsmetrics.
# Each holds the program, the C library that it is linked to, CA certificates and licences: no shell,
# no package manager, and one directory to write to, for a volume.

# builds the embedded node; the version is part of the result
FROM --platform=$BUILDPLATFORM golang:1.26.8 AS go

# Compiles without emulation: the embedded node is the same for each platform, and the executables
# are made for the one that is wanted.
FROM --platform=$BUILDPLATFORM denoland/deno:2.9.6 AS build
# the certificates shall be today's, so no version is asked for
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY deno.json deno.lock LICENSE ./
RUN deno ci
COPY src src
COPY tools tools
COPY --from=go /usr/local/go /usr/local/go
RUN PATH="$PATH:/usr/local/go/bin" deno task tsnet
ARG TARGETARCH
ARG VERSION
ARG BUILD_TIME
RUN deno task compile "linux-$TARGETARCH" && deno task licences dist/LICENSES.txt

# what the executables are linked to comes from the platform that is wanted
FROM denoland/deno:2.9.6 AS files
WORKDIR /build
COPY deploy/image deploy/image
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/dist dist
ARG TARGETARCH
RUN deploy/image/root.sh "dist/tsmetrics-linux-$TARGETARCH" tsmetrics /image/tsmetrics dist/LICENSES.txt \
  && deploy/image/root.sh "dist/tsmetrics-host-linux-$TARGETARCH" tsmetrics-host /image/tsmetrics-host dist/LICENSES.txt \
  && mkdir /image/state

FROM scratch AS base
ARG VERSION=unknown
LABEL org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.source="https://github.com/tsmetrics/tsmetrics" \
  org.opencontainers.image.documentation="https://github.com/tsmetrics/tsmetrics/blob/main/docs/deployment.md" \
  org.opencontainers.image.version="$VERSION"
# glibc then gives large pieces of memory back to the system at once, and keeps one heap for all
# threads
ENV ENV=production \
  XDG_DATA_HOME=/var/lib/tsmetrics \
  MALLOC_ARENA_MAX=1 \
  MALLOC_MMAP_THRESHOLD_=262144
COPY --from=files --chown=65534:65534 /image/state /var/lib/tsmetrics
USER 65534:65534
EXPOSE 9100

FROM base AS tsmetrics-host
LABEL org.opencontainers.image.title="tsmetrics-host" \
  org.opencontainers.image.description="Prometheus exporter for a host of a Tailscale network"
# mount the host's /var/run/tailscale at the same place
ENV LOCALAPI_SOCKET=/var/run/tailscale/tailscaled.sock
COPY --from=files /image/tsmetrics-host /
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["/tsmetrics-host", "healthcheck"]
ENTRYPOINT ["/tsmetrics-host"]

FROM base AS tsmetrics
LABEL org.opencontainers.image.title="tsmetrics" \
  org.opencontainers.image.description="Prometheus exporter for every device of a Tailscale network"
COPY --from=files /image/tsmetrics /
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["/tsmetrics", "healthcheck"]
ENTRYPOINT ["/tsmetrics"]
