# syntax=docker/dockerfile:1
# One static binary that holds the PWA, on an image that holds nothing else.

FROM node:22-bookworm-slim AS pwa
WORKDIR /src/pwa
COPY pwa/package.json pwa/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY pwa ./
# The words of receipts, which the server prints on cards too.
COPY sync/receipt/words.txt /src/sync/receipt/words.txt
RUN npm run build

FROM golang:1.26-bookworm AS server
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY migrations migrations
COPY server server
COPY sync sync
COPY --from=pwa /src/pwa/dist server/web/dist
RUN CGO_ENABLED=1 go build -trimpath -tags netgo,osusergo,sqlite_omit_load_extension \
        -ldflags '-s -w -linkmode external -extldflags -static' -o /out/earshot ./cmd/earshot \
    && install -d -o 65532 -g 65532 -m 0700 /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=server /out/earshot /usr/local/bin/earshot
COPY --from=server --chown=65532:65532 /out/data /data
ENV EARSHOT_DATA=/data EARSHOT_LOG=json EARSHOT_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/local/bin/earshot", "health"]
ENTRYPOINT ["/usr/local/bin/earshot"]
CMD ["serve"]
