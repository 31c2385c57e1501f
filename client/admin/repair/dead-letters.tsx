/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { REASON_MAX_CHARS } from "../../../workers/shared/limits.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { count, Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { DEAD_LETTER_WORDS as WORDS } from "./words.ts";

type State = "open" | "replayed" | "discarded" | "recorded";
const STATES: readonly State[] = ["open", "replayed", "discarded", "recorded"];

interface Letter {
  id: string;
  state: State;
  reason: string;
  attempts: number;
  failedAt: string;
  orderId?: string;
  note?: string;
}

interface Replays {
  replayed: number;
  unreadable: number;
  remaining: number;
  before: string;
}

const pathOf = ({ id }: Letter) => `/dead-letters/${encodeURIComponent(id)}`;

/** Messages that could not be recorded, and what to do about them. */
export function DeadLetters() {
  const [state, setState] = useState<State | "">("open");
  const [progress, setProgress] = useState("");
  const pages = usePages<Letter>(`/dead-letters${state === "" ? "" : `?state=${state}`}`, "deadLetters");
  const act = async (letter: Letter, verb: "replay" | "discard", body?: unknown) => {
    const answer = await ask("POST", `${pathOf(letter)}/${verb}`, body);
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
          <LetterRow key={letter.id} letter={letter} act={(verb, body) => act(letter, verb, body)} />
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </section>
  );
}

/** A hundred at a time, until none is left that failed before the first. Says what went wrong, if anything. */
async function replayOpenLetters(say: (progress: string) => void): Promise<string | undefined> {
  let [done, before] = [0, undefined as string | undefined];
  for (;;) {
    const answer = await ask<Replays>("POST", "/dead-letters/replay", { before });
    if (!answer.ok) return reason(answer.failure);
    const { replayed, unreadable, remaining } = answer.body;
    done += replayed;
    ({ before } = answer.body);
    say(WORDS.replaying(count(done), count(remaining)));
    if (remaining > 0 && replayed > 0) continue;
    notify(WORDS.replayed(count(done)));
    return unreadable > 0 ? WORDS.unreadable(count(unreadable)) : undefined;
  }
}

interface RowProps {
  letter: Letter;
  act: (verb: "replay" | "discard", body?: unknown) => Promise<void>;
}

function LetterRow({ letter, act }: RowProps) {
  const [body, setBody] = useState<string | undefined>(undefined);
  const read = async () => {
    const answer = await ask<{ body: string }>("GET", pathOf(letter));
    if (answer.ok) setBody(answer.body.body);
    else warn(reason(answer.failure));
  };
  return (
    <tr data-letter={letter.state}>
      <td>
        <Moment at={letter.failedAt} />
      </td>
      <td>
        {letter.reason}
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
        {letter.state === "open" ? <LetterActions letter={letter} act={act} /> : null}
      </td>
    </tr>
  );
}

function LetterActions({ letter, act }: RowProps) {
  const [why, setWhy] = useState("");
  const discard = (event: Event) => {
    event.preventDefault();
    if (why.trim() !== "") void act("discard", { reason: why.trim() });
  };
  return (
    <>
      {" "}
      <button type="button" class="link" onClick={() => void act("replay")}>
        {WORDS.replay}
      </button>
      <form class="inline-form" onSubmit={discard}>
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
