import type { Answer } from "../../shared/answer.ts";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask } from "../shared/calls.ts";

const PATH = "/spikes/:id/reconciliation";

/** A comparison or repair, as the API tells it. */
export type Run = BodyOf<"GET", "/reconciliations">["runs"][number];
/** The same with what was found. */
export type Report = BodyOf<"GET", typeof PATH>;
export type Difference = Report["differences"][number];
/** An order as ledger or database has it. */
export type Side = NonNullable<Difference["ledger"]>;

export const differencesOf = ({ found }: Run): number => found.missing + found.extra + found.different;

/** Drives a run to its end, telling how far it is. It goes on by itself, in the background, when this page is left. */
export async function reconcile(
  spikeId: string,
  mode: Run["mode"],
  onProgress: (report: Report) => void,
): Promise<Answer<Report>> {
  const param = { id: spikeId };
  let run: string | undefined;
  for (;;) {
    const answer: Answer<Report> =
      mode === "compare"
        ? await ask("GET", PATH, { param, query: { run } })
        : await ask("POST", PATH, { param, json: { run } });
    if (!answer.ok) return answer;
    onProgress(answer.body);
    if (answer.body.state === "done") return answer;
    ({ run } = answer.body);
  }
}
