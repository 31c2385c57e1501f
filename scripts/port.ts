import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { CommandError } from "./command.ts";

/** Why an address cannot be listened on, whatever the port. */
const NOT_OURS = new Set(["ENOTFOUND", "EAI_AGAIN", "EADDRNOTAVAIL"]);

/** The port that an environment variable names, else `fallback`. Refuses what is no port, or is taken on this address. */
export async function choosePort(fallback: number, host: string, variable = "PORT"): Promise<number> {
  const text = process.env[variable] || String(fallback);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new CommandError(`${variable}=${text} is not a port number`);
  const probe = createServer().listen(port, host);
  await once(probe, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`Cannot listen on ${host}:${port} (${error.message}). ${remedyFor(error)}`);
  });
  probe.close();
  await once(probe, "close");
  return port;

  function remedyFor({ code }: NodeJS.ErrnoException): string {
    return NOT_OURS.has(code ?? "")
      ? "Set HOST to an address of this machine, such as 127.0.0.1."
      : `Choose another: ${variable}=${port + 1}`;
  }
}

/** Below the ports that the usual systems give to whoever asks for any: those may be given away at any time. */
const LASTING_PORTS = { from: 20_000, below: 32_000 };
const FREE_PORT_TRIES = 100;

/**
 * A port of loopback that nobody listens on now, and that the system gives to nobody meanwhile: a server may be
 * stopped and started on it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < FREE_PORT_TRIES; tries++) {
    const port = randomInt(LASTING_PORTS.from, LASTING_PORTS.below);
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
  throw new Error("no free port");
}
