# The whole image is the program, the C library it is linked to, and CA certificates: no shell, no
# package manager, nothing to write to.

FROM denoland/deno:2.9.6 AS build
# the certificates shall be today's, so no version is asked for
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY deno.json deno.lock ./
RUN deno ci
COPY src src
COPY tools tools
ARG VERSION
ARG BUILD_TIME
# pipefail belongs to bash
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN platform="linux-$(dpkg --print-architecture)" \
  && deno task compile tsmetrics "$platform" \
  && install -D "dist/tsmetrics-$platform" /image/tsmetrics \
  && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
  && ldd /image/tsmetrics | grep -o '/[^ ]*' | while read -r library; do \
    install -D "$library" "/image$library"; \
  done

FROM scratch
ARG VERSION=unknown
LABEL org.opencontainers.image.title="tsmetrics" \
  org.opencontainers.image.description="Prometheus exporter for every device of a Tailscale network" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION"
COPY --from=build /image /
# glibc then gives large pieces of memory back to the system at once, and keeps one heap for all
# threads
ENV ENV=production \
  MALLOC_ARENA_MAX=1 \
  MALLOC_MMAP_THRESHOLD_=262144
USER 65534:65534
EXPOSE 9100
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["/tsmetrics", "healthcheck"]
ENTRYPOINT ["/tsmetrics"]
