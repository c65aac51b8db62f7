# One image for server, collector, prediction and alarm; docker-compose.yml says which of them a container runs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# A fresh clone builds the same as the machine that made the lock file; install scripts are not needed by what runs here.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production NO_COLOR=1 AMBERWATCH_DATA=/data
WORKDIR /app
# Volumes take over the owner of the folder that they first cover: both of these belong to the user the container runs as.
RUN install -d -o node -g node /data /run/amberwatch /run/amberwatch/access /run/amberwatch/database
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
CMD ["node", "dist/apps/server/main.js"]
