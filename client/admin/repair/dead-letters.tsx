/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { REASON_MAX_CHARS } from "../../../workers/shared/limits.ts";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { explained } from "../shared/explanation-words.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { count, Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { DEAD_LETTER_WORDS as WORDS } from "./words.ts";

type Letter = BodyOf<"GET", "/dead-letters">["deadLetters"][number];
type State = Letter["state"];

const STATES: readonly State[] = ["open", "replayed", "discarded", "recorded"];

/** Messages that could not be recorded, and what to do about them. */
export function DeadLetters() {
  const [state, setState] = useState<State | "">("open");
  const [progress, setProgress] = useState("");
  const pages = usePages("/dead-letters", "deadLetters", { query: state === "" ? {} : { state } });
  const replay = async ({ id }: Letter) => {
    const answer = await ask("POST", "/dead-letters/:id/replay", { param: { id } });
    if (answer.ok) await pages.reload();
    else warn(reason(answer.failure));
  };
  const discard = async ({ id }: Letter, why: string) => {
    const answer = await ask("POST", "/dead-letters/:id/discard", { param: { id }, json: { reason: why } });
    if (answer.ok) await pages.reload();
    else warn(reason(answer.failure));
  };
  const replayAll = async () => {
    if (!(await confirmed(WORDS.askReplayAll))) return;
    const problem = await replayOpenLetters(setProgress);
    if (problem !== undefined) warn(problem);
    setProgress("");
    await pages.reload();
  };
  return (
    <section class="panel" aria-labelledby="letters-title">
      <h2 id="letters-title">{WORDS.title}</h2>
      <p>{WORDS.lead}</p>
      <div class="filters">
        <Field id="letter-state" label={WORDS.state}>
          <select
            id="letter-state"
            onChange={(event: Event) => setState((event.target as HTMLSelectElement).value as State | "")}
          >
            {STATES.map((name) => (
              <option value={name} selected={name === state}>
                {WORDS.states[name]}
              </option>
            ))}
            <option value="">{WORDS.all}</option>
          </select>
        </Field>
        <button
          type="button"
          class="button small"
          disabled={progress !== ""}
          onClick={() => void replayAll()}
        >
          {WORDS.replayAll}
        </button>
        <p role="status">{progress}</p>
      </div>
      <Table label={WORDS.title} columns={WORDS.columns} unseen={[WORDS.actions]}>
        {pages.items.map((letter) => (
          <LetterRow
            key={letter.id}
            letter={letter}
            replay={() => replay(letter)}
            discard={(why) => discard(letter, why)}
          />
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </section>
  );
}

/** A hundred at a time, until none is left that failed before the first. Says what went wrong, if anything. */
async function replayOpenLetters(say: (progress: string) => void): Promise<string | undefined> {
  let [done, refused, before] = [0, 0, undefined as string | undefined];
  for (;;) {
    const answer = await ask("POST", "/dead-letters/replay", { json: { before } });
    if (!answer.ok) return reason(answer.failure);
    const { replayed, failed, unreadable, remaining } = answer.body;
    done += replayed;
    refused += failed.length;
    ({ before } = answer.body);
    say(WORDS.replaying(count(done), count(remaining)));
    if (remaining > 0 && replayed + failed.length > 0) continue;
    notify(WORDS.replayed(count(done)));
    const [first] = failed;
    if (refused > 0)
      return WORDS.notTaken(count(refused), first ? explained(first.explanation, first.detail) : "");
    return unreadable > 0 ? WORDS.unreadable(count(unreadable)) : undefined;
  }
}

interface RowProps {
  letter: Letter;
  replay: () => Promise<void>;
  discard: (why: string) => Promise<void>;
}

function LetterRow(props: RowProps) {
  const { letter } = props;
  const [body, setBody] = useState<string | undefined>(undefined);
  const read = async () => {
    const answer = await ask("GET", "/dead-letters/:id", { param: { id: letter.id } });
    if (answer.ok) setBody(answer.body.body);
    else warn(reason(answer.failure));
  };
  return (
    <tr data-letter={letter.state}>
      <td>
        <Moment at={letter.failedAt} />
      </td>
      <td>
        {explained(letter.explanation, letter.reason)}
        {letter.note === undefined ? null : <p>{WORDS.note(letter.note)}</p>}
        {body === undefined ? null : <pre>{body}</pre>}
      </td>
      <td class="mono">{letter.orderId ?? letter.id}</td>
      <td>{count(letter.attempts)}</td>
      <td>{WORDS.states[letter.state]}</td>
      <td>
        <button type="button" class="link" onClick={() => void read()}>
          {WORDS.read}
        </button>
        {letter.state === "open" ? <LetterActions {...props} /> : null}
      </td>
    </tr>
  );
}

function LetterActions({ letter, replay, discard }: RowProps) {
  const [why, setWhy] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (why.trim() !== "") void discard(why.trim());
  };
  return (
    <>
      {" "}
      <button type="button" class="link" onClick={() => void replay()}>
        {WORDS.replay}
      </button>
      <form class="inline-form" onSubmit={submit}>
        <input
          aria-label={`${WORDS.why} ${letter.id}`}
          placeholder={WORDS.why}
          maxLength={REASON_MAX_CHARS}
          required
          value={why}
          onInput={(event: Event) => setWhy((event.target as HTMLInputElement).value)}
        />
        <button type="submit" class="button danger small">
          {WORDS.discard}
        </button>
      </form>
    </>
  );
}
