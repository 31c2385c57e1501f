import { once } from "node:events";
import { createServer } from "node:net";
import { CommandError } from "./command.ts";

/** The port that an environment variable names, else `fallback`. Refuses what is no port, or is taken on this address. */
export async function choosePort(fallback: number, host: string, variable = "PORT"): Promise<number> {
  const text = process.env[variable] || String(fallback);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new CommandError(`${variable}=${text} is not a port number`);
  const probe = createServer().listen(port, host);
  await once(probe, "listening").catch((error: Error) => {
    throw new CommandError(
      `Cannot listen on ${host}:${port} (${error.message}). Choose another: ${variable}=${port + 1}`,
    );
  });
  probe.close();
  await once(probe, "close");
  return port;
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
