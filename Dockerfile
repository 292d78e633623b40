# The provider. `docker build --target demo` makes the demonstration myUSCIS instead.
# Node runs the TypeScript as it stands: there is nothing to build, only packages to install.

FROM node:24-slim AS base
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./

FROM base AS provider-packages
RUN npm ci --omit=dev && node -e "import('argon2').then((argon2) => argon2.default.hash('the prebuilt binary works here'))"

# The demonstration signs in as any service would, with openid-client, which the provider does not need.
FROM base AS demo-packages
RUN npm ci --include=dev

FROM base AS demo
COPY --from=demo-packages /app/node_modules node_modules
COPY demo demo
COPY deploy/text-catcher.ts deploy/text-catcher.ts
ENV HOST=0.0.0.0 PORT=3001
USER node
EXPOSE 3001
CMD ["node", "demo/main.ts"]

FROM base AS provider
COPY --from=provider-packages /app/node_modules node_modules
COPY src src
COPY scripts/clients.ts scripts/keys.ts scripts/recover.ts scripts/settings.ts scripts/node-check.js scripts/
COPY views views
COPY public public
COPY config config
# Not in an image: development's client and service.
RUN rm -r config/development
# Measured: without these two the idle process takes 167 MiB, with them 135. Node keeps what it compiled (and stripped of types), so
# loading it once, and the first start that stops for want of settings, spare all others that work.
ENV HOST=0.0.0.0 PORT=3000 NODE_OPTIONS=--max-semi-space-size=4 NODE_COMPILE_CACHE=/home/node/compile-cache
USER node
RUN node src/server.ts && (node src/main.ts 2> /dev/null || test -d "$NODE_COMPILE_CACHE")
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
