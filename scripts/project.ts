import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A path given relative to the repository's root. */
export const inProject = (path: string): string =>
  fileURLToPath(new URL(path, new URL("..", import.meta.url)));

/** This process's environment with the project's own programs first on PATH. */
export function projectEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = `${inProject("node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  return { ...process.env, PATH: path, ...extra };
}
