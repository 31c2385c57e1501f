import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readWranglerFile } from "../../scripts/serve/config.ts";
import { startWorkerd } from "../../scripts/serve/workerd.ts";
import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import type { Place } from "./measure.ts";
import { exitWhenInterrupted } from "../interrupts.ts";

/** What a bare Worker answers. */
export interface BareAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface BareServer extends Place {
  stop(): Promise<void>;
}

/** A bare Worker on the same runtime and compatibility date as the real one, that always answers this. */
export async function startBareServer({ body, ...init }: BareAnswer): Promise<BareServer> {
  const release = exitWhenInterrupted();
  const folder = await makeTemporaryFolder("bare");
  const configFile = join(folder.path, "wrangler.json");
  const { compatibility_date } = await readWranglerFile();
  const main = join(import.meta.dirname, "worker.ts");
  await writeFile(
    configFile,
    JSON.stringify({
      name: "bare",
      main,
      compatibility_date,
      vars: { BODY: body, INIT: JSON.stringify(init) },
    }),
  );
  const workerd = await startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: "ignore" });
  return {
    url: `http://127.0.0.1:${workerd.port}`,
    pid: workerd.pid,
    stop: async () => {
      workerd.kill("SIGKILL");
      await workerd.exited;
      await folder.remove();
      release();
    },
  };
}
