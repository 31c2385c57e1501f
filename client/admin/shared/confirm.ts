import { make, makeButton } from "../../shared/page.ts";
import { WORDS } from "./words.ts";

export interface Question {
  title: string;
  /** What will happen, and whether it can be undone. */
  text: string;
  /** On the button that does it. */
  action: string;
}

/** Asks once before something dangerous happens. The safe answer has the focus; Escape gives it too. */
export function confirmed({ title, text, action }: Question): Promise<boolean> {
  const dialog = make("dialog", "ask");
  const heading = make("h2", "", title);
  heading.id = "ask-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  const close = (answer: "yes" | "no") => () => dialog.close(answer);
  const actions = make("div", "actions");
  const no = makeButton(WORDS.leaveIt, close("no"), "button quiet");
  no.autofocus = true;
  actions.append(no, makeButton(action, close("yes"), "button danger"));
  dialog.append(heading, make("p", "", text), actions);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
