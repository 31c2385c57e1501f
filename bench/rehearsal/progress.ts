import cliProgress from "cli-progress";
import type { RunningSale } from "../load/sale.ts";
import { count } from "../report/table.ts";

const REFRESH_MS = 250;
/** Where nobody watches, a line now and then is enough. */
const LINE_PAUSE_MS = 2_000;
const REFUSALS_SHOWN = 4;

/** Shows a rehearsal while it runs, on stderr: bars on a terminal, plain lines elsewhere. */
export interface Progress {
  preparing(done: number, total: number): void;
  watch(sale: RunningSale): void;
  stop(): void;
}

export function showProgress(users: number, stock: number): Progress {
  return process.stderr.isTTY ? bars(users, stock) : lines();
}

/** What changes between two looks, as rates per second. */
class Rates {
  #at = performance.now();
  #attempts = 0;
  #wins = 0;
  #text = "";

  /** New figures at most once a second: faster than that nobody can read them. */
  read({ measures }: RunningSale): string {
    const seconds = (performance.now() - this.#at) / 1000;
    if (seconds < 1) return this.#text;
    const { attempts, wins } = measures.totals;
    this.#text = `${count((attempts - this.#attempts) / seconds)} attempts/s, ${count((wins - this.#wins) / seconds)} wins/s`;
    this.#at = performance.now();
    this.#attempts = attempts;
    this.#wins = wins;
    return this.#text;
  }
}

function refusalsOf({ measures }: RunningSale): string {
  const codes = new Map(measures.refusals.people);
  for (const [code, number] of measures.refusals.bots) codes.set(code, (codes.get(code) ?? 0) + number);
  return [...codes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, REFUSALS_SHOWN)
    .map(([code, number]) => `${code} ${count(number)}`)
    .join(", ");
}

function unitsTaken({ monitor }: RunningSale): number {
  return (monitor.latest?.held ?? 0) + (monitor.latest?.sold ?? 0);
}

function bars(users: number, stock: number): Progress {
  const multi = new cliProgress.MultiBar(
    {
      format: "{name} │{bar}│ {value}/{total} {note}",
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
    },
    cliProgress.Presets.shades_grey,
  );
  const bar = (name: string, total: number) => multi.create(total, 0, { name: name.padEnd(9), note: "" });
  const prepared = bar("prepared", users);
  const arrived = bar("arrived", users);
  const taken = bar("taken", stock);
  const recorded = bar("sold", stock);
  const rates = new Rates();
  let timer: NodeJS.Timeout | undefined;
  return {
    preparing: (done) => prepared.update(done),
    watch(sale) {
      timer = setInterval(() => {
        arrived.update(sale.measures.totals.arrivals, { note: rates.read(sale) });
        taken.update(unitsTaken(sale), { note: refusalsOf(sale) });
        recorded.update(sale.monitor.latest?.sold ?? 0, { note: phaseOf(sale) });
      }, REFRESH_MS);
    },
    stop() {
      clearInterval(timer);
      multi.stop();
    },
  };
}

function lines(): Progress {
  const rates = new Rates();
  let timer: NodeJS.Timeout | undefined;
  return {
    preparing(done, total) {
      if (done === total) process.stderr.write(`prepared ${count(total)} shoppers\n`);
    },
    watch(sale) {
      timer = setInterval(() => {
        const { arrivals } = sale.measures.totals;
        const taken = `${count(unitsTaken(sale))} taken, ${count(sale.monitor.latest?.sold ?? 0)} sold`;
        const parts = [
          phaseOf(sale),
          `${count(arrivals)} arrived`,
          taken,
          rates.read(sale),
          refusalsOf(sale),
        ];
        process.stderr.write(`${parts.filter(Boolean).join("; ")}\n`);
      }, LINE_PAUSE_MS);
    },
    stop: () => clearInterval(timer),
  };
}

function phaseOf(sale: RunningSale): string {
  switch (sale.phase) {
    case "settling":
      return `settling, ${count(sale.crowd.inside)} inside, ${count(sale.asking.size)} of them asking`;
    case "recording":
      return `recording, ${count(sale.recorded)} in the database`;
    default:
      return sale.phase;
  }
}
