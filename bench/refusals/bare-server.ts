import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuSeconds } from "../../scripts/serve/process-stats.ts";
import { readWranglerFile } from "../../scripts/serve/config.ts";
import { startWorkerd } from "../../scripts/serve/workerd.ts";

export interface BareServer {
  url: string;
  cpuSeconds(): number | null;
  stop(): Promise<void>;
}

/** The bare Worker on the same runtime and compatibility date as the real one. */
export async function startBareServer(): Promise<BareServer> {
  const folder = await mkdtemp(join(tmpdir(), "spike-bare-"));
  const configFile = join(folder, "wrangler.json");
  const { compatibility_date } = await readWranglerFile();
  const main = join(import.meta.dirname, "worker.ts");
  await writeFile(configFile, JSON.stringify({ name: "bare", main, compatibility_date }));
  const workerd = await startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: "ignore" });
  return {
    url: `http://127.0.0.1:${workerd.port}`,
    cpuSeconds: () => cpuSeconds(workerd.pid),
    stop: async () => {
      workerd.kill("SIGKILL");
      await workerd.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
