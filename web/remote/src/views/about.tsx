/** What there is to know about the computer, and the way to forget it. */

import { useRef, useState } from "preact/hooks";
import { messages } from "../messages.ts";
import type { Remote, Screen } from "../remote.ts";
import { Info } from "./icons.tsx";

const { menu: text } = messages;

interface AboutProps {
  readonly remote: Remote;
  readonly screen: Extract<Screen, { kind: "present" }>;
}

export function About({ remote, screen }: AboutProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isForgetting, setForgetting] = useState(false);
  const open = () => {
    setForgetting(false);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="round" aria-label={text.open} onClick={open}>
        <Info />
      </button>
      <dialog ref={dialog} class="about" aria-labelledby="about-title">
        {isForgetting ? (
          <>
            <h2 id="about-title">{text.forgetTitle(screen.computer.name)}</h2>
            <p>{text.forgetAdvice}</p>
            <button type="button" class="primary danger" onClick={() => void remote.forget()}>
              {text.confirm}
            </button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              {text.cancel}
            </button>
          </>
        ) : (
          <>
            <h2 id="about-title">{screen.computer.name}</h2>
            <dl>
              <dt>{text.computerId}</dt>
              <dd>{screen.computer.id}</dd>
              <dt>{text.deviceId}</dt>
              <dd>{screen.device.id}</dd>
              <dt>{text.security}</dt>
              <dd class="prose">{text.securityAdvice}</dd>
            </dl>
            <button type="button" class="quiet danger" onClick={() => setForgetting(true)}>
              {text.forget}
            </button>
            <button type="button" class="primary" onClick={() => dialog.current?.close()}>
              {text.close}
            </button>
          </>
        )}
      </dialog>
    </>
  );
}
