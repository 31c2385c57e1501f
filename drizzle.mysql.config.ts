import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "mysql",
  schema: "./workers/database/mysql-schema.ts",
  out: "./migrations/mysql",
});
