/** How much of an endpoint's answer is read, in bytes, to show what it complained about. */
export const ANSWER_MAX_BYTES = 500;

/** An event that is to be sent now. `subject` is the order, or a made-up name for a trial. */
export interface DueDelivery {
  subject: string;
  version: number;
  payload: string;
  /** Failed attempts so far. */
  attempts: number;
  /** Since when it is due, epoch milliseconds: another time means that somebody asked for it again. */
  nextAttemptAt: number;
}

/** How an attempt ended. */
export interface Outcome {
  ok: boolean;
  /** The endpoint's HTTP status; null when there was no answer. */
  status: number | null;
  /** What went wrong, for a person; null when nothing did. */
  error: string | null;
  /** How long the endpoint asked to be left alone, in milliseconds; null when it did not ask. */
  askedPauseMs: number | null;
}
