# The app that answers tasks: docs/serve.md says how to run it.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# no scripts: nothing that they fetch is needed here
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY shared shared
COPY trainer trainer
COPY worker worker
RUN node trainer/bundle-server.mjs /server
# ONNX Runtime as npm installed it, without the builds for other machines
RUN mkdir -p /server/node_modules \
    && cp -r node_modules/onnxruntime-node node_modules/onnxruntime-common /server/node_modules/ \
    && find /server/node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

FROM node:22-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /server /server
WORKDIR /server
# node's own user, by its number, as Kubernetes wants it
USER 1000
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8787/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "softprompt.mjs", "serve", "--host", "0.0.0.0"]
CMD ["--store", "/store", "--watch"]
