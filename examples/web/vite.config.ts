import { defineConfig } from "vite";

// The page and Halyard share an origin, as they would behind one reverse proxy: no CORS to set up.
const halyard = process.env["HALYARD_URL"] ?? "http://127.0.0.1:4000";

export default defineConfig({
  server: { proxy: { "/graphql": { target: halyard, ws: true } } },
  preview: { proxy: { "/graphql": { target: halyard, ws: true } } },
});
