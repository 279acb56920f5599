/** After pairing: with whom, and the two words that prove it was nobody else. */

import type { Pairing } from "@deskconn/client";
import { useEffect, useRef } from "preact/hooks";
import { messages } from "../messages.ts";
import type { Remote } from "../remote.ts";
import { Check } from "./parts/icons.tsx";

const { paired: text } = messages;

interface PairedProps {
  readonly remote: Remote;
  readonly pairing: Pairing;
  readonly forgetful: boolean;
}

export function PairedView({ remote, pairing, forgetful }: PairedProps) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <main class="sheet">
      <Check />
      <h1 ref={title} tabIndex={-1}>
        {text.title(pairing.daemon.name)}
      </h1>
      <Words words={pairing.words} />
      <p class="lead">{text.advice}</p>
      {forgetful && <p class="notice waiting">{text.forgetful}</p>}
      <button type="button" class="primary" onClick={() => void remote.acceptWords()}>
        {text.start}
      </button>
      <button type="button" class="quiet" onClick={() => void remote.rejectWords()}>
        {text.differ}
      </button>
    </main>
  );
}

/** The two words that prove it was nobody else. */
export function Words({ words: [first, second] }: { words: readonly [string, string] }) {
  return (
    <figure class="words">
      <figcaption>{text.words}</figcaption>
      <p>
        <span>{first}</span> <span>{second}</span>
      </p>
    </figure>
  );
}
