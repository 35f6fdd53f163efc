# Two stages: build with Rust, then an image with the program, the libraries that it was linked with, the certificates of
# the public authorities (for a relay with TLS), and nothing else: no shell, no package manager.
#
#   docker build -t restante .
#   docker run --rm -v restante:/var/lib/restante restante init /var/lib/restante/registry --zone ml --recipient age1… \
#     --listen 0.0.0.0:2525
#
# How to run it is in docs/operations.md, with compose.yaml.

ARG BUILD=rust:1.95-slim-bookworm
FROM ${BUILD} AS build

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /restante
COPY Cargo.toml Cargo.lock README.md ./
COPY .cargo .cargo
COPY benches benches
COPY examples examples
COPY migrations migrations
COPY src src
COPY templates templates
# Without the demonstration: its mail server has no place on port 25.
RUN cargo build --release --locked --no-default-features --bin restante

# The file system of the image: the program, what `ldd` names, the authorities, and a folder that its user may write to.
RUN set -eu; \
    mkdir -p /image/usr/bin /image/etc/ssl/certs /image/var/lib/restante /image/tmp; \
    cp target/release/restante /image/usr/bin/; \
    strip /image/usr/bin/restante; \
    ldd /image/usr/bin/restante | grep -o '/[^ ]*' | while read -r library; do \
        mkdir -p "/image$(dirname "$library")"; \
        cp -L "$library" "/image$library"; \
    done; \
    cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/; \
    printf 'restante:x:65532:65532::/var/lib/restante:/nonexistent\n' > /image/etc/passwd; \
    printf 'restante:x:65532:\n' > /image/etc/group; \
    chown 65532:65532 /image/var/lib/restante; \
    chmod 0700 /image/var/lib/restante; \
    chmod 1777 /image/tmp

FROM scratch
COPY --from=build /image /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
WORKDIR /var/lib/restante
VOLUME /var/lib/restante
# Mail; the dashboard.
EXPOSE 2525 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s \
    CMD ["/usr/bin/restante", "health", "--config", "/var/lib/restante/registry/restante.toml"]
ENTRYPOINT ["/usr/bin/restante"]
CMD ["serve", "--config", "/var/lib/restante/registry/restante.toml"]
