/** What is to be asked, as JSON in the body of a request to ASK_PATH. */
export interface Asking {
  method: string;
  url: string;
  headers: Record<string, string>;
  /** What every answer's status must be. */
  status: number;
  times: number;
  /** So many are under way together: what asks an object is gathered. */
  atOnce: number;
  /** Answers what was answered once with a bare Response instead, and asks nobody: what no refusal can do without. */
  isBare: boolean;
}

export const ASK_PATH = "/ask-itself";
