import { build } from "../scripts/build.ts";

/** The Worker reads from the build where the browser's files are. */
export default build;
