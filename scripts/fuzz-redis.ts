import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { mutatedInput, parseMutated, seeded } from "../test/unit/edge-redis/mutations.ts";
import { CommandError, main } from "./command.ts";

const INPUTS_DEFAULT = 1_000_000;
/** Memory is looked at after each share of the inputs, collected; between the second and the last it may grow by this. */
const SHARES = 10;
const GROWTH_MAX_BYTES = 8 * 1024 * 1024;
/** One input takes some microseconds; a hang would take for ever. */
const SLOWEST_MAX_MS = 2_000;
const MB = 1024 * 1024;

/** `npm run fuzz:redis`: mutated input for the parser of Edge Redis; nothing may crash, hang, or be kept. */
async function fuzz(): Promise<void> {
  const { values } = parseArgs({
    options: { inputs: { type: "string" }, seed: { type: "string" } },
  });
  const inputs = Number(values.inputs ?? INPUTS_DEFAULT);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const random = seeded(seed);
  const heaps: number[] = [];
  let [understood, slowestMs] = [0, 0];
  console.log(`seed ${seed}`);
  for (let input = 0; input < inputs; input++) {
    const text = mutatedInput(random);
    const began = performance.now();
    try {
      if (parseMutated(text, random)) understood++;
    } catch (error) {
      throw new CommandError(`input ${input} of seed ${seed}, ${JSON.stringify(text)}: ${String(error)}`);
    }
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if ((input + 1) % Math.ceil(inputs / SHARES) === 0) {
      collect();
      heaps.push(process.memoryUsage().heapUsed);
    }
  }
  const growth = (heaps.at(-1) ?? 0) - (heaps[1] ?? 0);
  console.log(
    `${inputs} inputs: ${understood} understood, ${inputs - understood} refused, none crashed; ` +
      `the slowest took ${slowestMs.toFixed(1)} ms, the heap grew by ${(growth / MB).toFixed(2)} MB`,
  );
  if (growth > GROWTH_MAX_BYTES) throw new CommandError("memory grows");
  if (slowestMs > SLOWEST_MAX_MS) throw new CommandError("an input takes too long");
}

await main(fuzz);
