import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { buildSite, writeWhole } from "./build-site.ts";
import { main } from "./command.ts";
import { inProject } from "./project.ts";

/** What the page at /docs loads, served by ourselves so that it needs no outside host. */
const SWAGGER_UI_FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"];

/** Makes everything in `public` that no commit holds: the files of /docs, and the shoppers' pages. */
export async function build(): Promise<void> {
  await Promise.all([copySwaggerUi(), buildSite()]);
}

async function copySwaggerUi(): Promise<void> {
  const docs = inProject("public/assets/docs");
  const files = SWAGGER_UI_FILES.map((name) => `node_modules/swagger-ui-dist/${name}`);
  const copies = [...files, "client/docs/docs.js"].map(async (file) =>
    writeWhole(join(docs, basename(file)), await readFile(inProject(file))),
  );
  await Promise.all(copies);
}

if (import.meta.main) await main(build);
