# Builds the server, then keeps only what runs it.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --workspaces=false --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --workspaces=false --ignore-scripts --no-audit --no-fund

FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
# The embedded database, snapshots and generated secrets live here; everything else in the image is read-only to the server.
RUN install --directory --owner=node --group=node --mode=0700 /data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE schema.graphql ./
COPY drizzle ./drizzle
USER node
VOLUME /data
EXPOSE 4000
# Ready means: snapshots present and not draining. It never asks the database. The certificate is not for this address.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { PORT: port, TLS_CERT_FILE: tls } = process.env; require(tls ? 'https' : 'http').get({ port, path: '/readyz', rejectUnauthorized: false }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Node itself is process 1: it answers SIGTERM by draining, so nothing may stand between it and Docker.
CMD ["node", "dist/main.js", "serve"]
