/** A notice and what can be done about it. */

import { messages } from "../../messages.ts";
import type { Notice, NoticeAction } from "../../status.ts";

interface NoticeBoxProps {
  readonly notice: Notice;
  readonly pairAgain?: () => void;
  readonly checkAgain?: () => void;
  readonly dismiss?: () => void;
}

const LABELS: Record<NoticeAction, string> = {
  pair_again: messages.problem.pairAgain,
  check_again: messages.problem.checkAgain,
  dismiss: messages.problem.dismiss,
};

export function NoticeBox({ notice, pairAgain, checkAgain, dismiss }: NoticeBoxProps) {
  const handlers: Record<NoticeAction, (() => void) | undefined> = {
    pair_again: pairAgain,
    check_again: checkAgain,
    dismiss,
  };
  return (
    <div class={`notice ${notice.tone}`}>
      <strong>{notice.title}</strong>
      <p>{notice.advice}</p>
      <div class="notice-actions">
        {notice.actions.map((action) => (
          <button key={action} type="button" onClick={handlers[action]}>
            {LABELS[action]}
          </button>
        ))}
      </div>
    </div>
  );
}
