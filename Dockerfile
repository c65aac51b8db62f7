# One image for server, collector, prediction and alarm; docker-compose.yml says which of them a container runs.
FROM node:24-bookworm-slim AS build
# Packages first, those of the running program apart from those of the build: a change of the sources alone builds neither anew.
# Install scripts are left out, as in .npmrc: nothing here needs one.
WORKDIR /production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build
# What the image holds, as CycloneDX: docker run --rm IMAGE cat sbom.cdx.json
RUN node tools/sbom.js >sbom.cdx.json

FROM node:24-bookworm-slim
ENV NODE_ENV=production NO_COLOR=1 AMBERWATCH_DATA=/data
WORKDIR /app
# Volumes take over the owner of the folder that they first cover: these belong to the user that the container runs as.
RUN install -d -o node -g node /data /run/amberwatch /run/amberwatch/access /run/amberwatch/database
COPY --from=build /production/package.json /app/sbom.cdx.json ./
COPY --from=build /production/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
CMD ["node", "dist/apps/server/main.js"]
