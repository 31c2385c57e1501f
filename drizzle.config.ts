import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./workers/database/schema.ts",
  out: "./migrations/d1",
});
