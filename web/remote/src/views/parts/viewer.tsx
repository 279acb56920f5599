/** The program that shows the slides, and choosing another. */

import { useState } from "preact/hooks";
import { messages } from "../../messages.ts";
import { useObservable } from "../../observable.ts";
import type { Presenter } from "../../presenter.ts";
import { closeDialog, Dialog, Press } from "./controls.tsx";

const { present: text } = messages;

interface ViewerProps {
  readonly presenter: Presenter;
  readonly isLive: boolean;
}

export function ViewerButton({ presenter, isLive }: ViewerProps) {
  const { current, all } = useObservable(presenter.viewers);
  const [isOpen, setOpen] = useState(false);
  if (!current) {
    return null;
  }
  return (
    <>
      <Press
        class="soft viewer"
        label={text.viewerName(current.title)}
        isLive={isLive}
        press={() => setOpen(true)}
      >
        <span>{current.title}</span>
      </Press>
      {isOpen && (
        <Dialog title={text.chooseViewer} close={() => setOpen(false)}>
          <ul class="options">
            {all.map(({ name, title }) => (
              <li key={name}>
                <button
                  type="button"
                  aria-current={name === current.name ? "true" : undefined}
                  onClick={(event) => {
                    closeDialog(event);
                    void presenter.choose(name);
                  }}
                >
                  {title}
                </button>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}
