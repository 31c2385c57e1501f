/*
 * Imports run downwards: index → app → services → platform → database, shared. Durable Objects stand beside
 * the Worker: they share `shared` and `database` with it, and it knows of them only their messages.
 */

const SERVICES = "^workers/(user|access|spike|order|admin|operations)/";
/** The project's own folders and files, not packages and not what the platform provides. */
const OWN_FILES = "^(workers|durable-objects|client|bench|scripts|test|package\\.json$)";
const HONO = "(^|/)node_modules/hono/";
/** zod with names for the OpenAPI document: for schemas of the wire. */
const ZOD_OPENAPI = "(^|/)node_modules/@hono/zod-openapi/";
/** Where HTTP is known: the app and the door before it, its middleware, the route tables, their contracts, the schemas of the wire, cookies and the pages. */
const HTTP =
  "^workers/((app|shop-api|admin-api)\\.ts$|front-door/|edge/|pages/|[a-z/-]*(routes|contract|schemas|cookies)\\.ts$|operations/openapi\\.ts$)";
const MESSAGES = "^durable-objects/[^/]+/messages\\.ts$";

/** Refuses imports of the project's own files from `path`, except of what `allowed` names. */
const onlyImports = (name, comment, path, allowed) => ({
  name,
  comment,
  severity: "error",
  from: { path },
  to: { path: OWN_FILES, pathNot: allowed },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that import each other are one file, or have a third one between them.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    onlyImports("shared-is-the-ground", "shared imports nothing above it.", "^workers/shared/", [
      "^workers/shared/",
    ]),
    onlyImports("database-is-schemas", "database knows shared at most.", "^workers/database/", [
      "^workers/(database|shared)/",
    ]),
    onlyImports("platform-is-below-services", "platform knows what it connects to.", "^workers/platform/", [
      "^workers/(platform|database|shared)/",
      MESSAGES,
    ]),
    onlyImports("services-are-below-the-app", "Services meet each other, never the app.", SERVICES, [
      SERVICES,
      "^workers/(edge|platform|database|shared)/",
      MESSAGES,
      "^package\\.json$",
    ]),
    onlyImports("edge-is-below-the-app", "Middleware is mounted by others.", "^workers/edge/", [
      SERVICES,
      "^workers/(edge|platform|database|shared)/",
    ]),
    onlyImports("objects-stand-alone", "A Durable Object knows no routes.", "^durable-objects/([^/]+)/", [
      "^durable-objects/$1/",
      "^workers/(database|shared)/",
      MESSAGES,
    ]),
    onlyImports(
      "the-worker-stands-alone",
      "What is deployed needs no tool or test.",
      "^(workers|durable-objects)/",
      ["^(workers|durable-objects)/", "^package\\.json$"],
    ),
    {
      name: "only-routes-know-http",
      comment: "Services are typed functions; a Durable Object never sees HTTP.",
      severity: "error",
      from: { path: "^(workers|durable-objects)/", pathNot: HTTP },
      to: { path: HONO },
    },
    {
      name: "only-services-know-the-wire",
      comment: "Schemas of the wire belong to the services.",
      severity: "error",
      from: { path: "^(workers/(shared|platform|database)|durable-objects)/" },
      to: { path: ZOD_OPENAPI },
    },
    {
      name: "middleware-is-for-routes",
      comment: "Only who knows HTTP has a use for middleware.",
      severity: "error",
      from: { path: "^workers/", pathNot: HTTP },
      to: { path: "^workers/edge/" },
    },
    {
      name: "nobody-imports-the-entry",
      comment: "The app is mounted by the entry alone, and the entry by the platform.",
      severity: "error",
      from: { path: "^(workers|durable-objects)/", pathNot: "^workers/index\\.ts$" },
      to: { path: "^workers/(app|index)\\.ts$" },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
      extensions: [".ts", ".tsx", ".json", ".js"],
    },
  },
};
