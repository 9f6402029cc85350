/** Question is what is asked before something that cannot be taken back. */
export interface Question {
  title: string;
  text?: string;
  /** What the button that goes on says. */
  action: string;
  danger?: boolean;
  /** What the button that stays says; "Cancel" where it is left out. */
  cancel?: string;
}

let asked: (Question & { answer: (yes: boolean) => void }) | undefined;
let ever = false;
const listeners = new Set<() => void>();

function set(next: typeof asked) {
  asked = next;
  ever ||= !!next;
  for (const tell of listeners) tell();
}

/** confirm asks, and answers whether to go on. */
export function confirm(question: Question): Promise<boolean> {
  asked?.answer(false);
  return new Promise((answer) => set({ ...question, answer }));
}

/** answer ends the question that is asked now. */
export function answer(yes: boolean) {
  asked?.answer(yes);
  set(undefined);
}

/** subscribe calls back when a question comes or goes. */
export function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export const question = (): Question | undefined => asked;
export const asking = (): boolean => ever;
