import { element, make, makeButton } from "../../shared/page.ts";
import { WORDS } from "./words.ts";

/** A notice leaves by itself after this long, in milliseconds; one with an undo stays twice as long. */
const NOTICE_MS = 8_000;

export interface Undo {
  /** Takes back what was done, and says whether that worked. */
  undo: () => Promise<void>;
}

/** Says what has happened, at the edge of the window and to a screen reader; `undo` takes it back. The newest one counts. */
export function notify(text: string, { undo }: Partial<Undo> = {}): void {
  const notice = make("div", "notice");
  notice.append(make("p", "", text));
  const leave = () => notice.remove();
  if (undo) {
    const button = makeButton(
      WORDS.undo,
      () => {
        leave();
        void undo();
      },
      "button quiet small",
    );
    notice.append(button);
  }
  notice.append(makeDismiss(leave));
  element("notices").replaceChildren(notice);
  setTimeout(leave, undo ? NOTICE_MS * 2 : NOTICE_MS);
}

/** Says that something did not work. It stays until it is dismissed. */
export function warn(text: string): void {
  const notice = make("div", "notice bad");
  notice.append(
    make("p", "", text),
    makeDismiss(() => notice.remove()),
  );
  element("notices").replaceChildren(notice);
}

function makeDismiss(leave: () => void): HTMLButtonElement {
  const button = makeButton("×", leave, "link dismiss");
  button.setAttribute("aria-label", WORDS.dismiss);
  return button;
}
