/** What can be sent to the desk: a web address for its browser, a note for whoever sits there. */

import { call } from "@deskconn/client";
import { useState } from "preact/hooks";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import { webAddress } from "../web-address.ts";
import type { DeskScreen } from "./desk.tsx";
import { Card } from "./parts/card.tsx";

const { send: text } = messages;

export function SendCard({ screen: { desk } }: { readonly screen: DeskScreen }) {
  useObservable(desk.state);
  const { connection } = desk;
  const [mayOpen, mayShow] = [desk.may("open"), desk.may("notify")];
  if (!mayOpen && !mayShow) {
    return null;
  }
  return (
    <Card title={text.title}>
      {mayOpen && (
        <SendField
          label={text.address}
          button={text.open}
          keyboard="url"
          read={webAddress}
          wrong={text.noAddress}
          send={(url) => desk.ask(() => call(connection, "open.url", { url }))}
        />
      )}
      {mayShow && (
        <SendField
          label={text.note}
          button={text.show}
          keyboard="text"
          read={(note) => note.trim() || undefined}
          send={(title) => desk.ask(() => call(connection, "notify.show", { title }))}
        />
      )}
    </Card>
  );
}

interface SendFieldProps {
  readonly label: string;
  readonly button: string;
  readonly keyboard: "text" | "url";
  /** What is sent of what was written; `undefined` if nothing can be. */
  readonly read: (written: string) => string | undefined;
  /** What to say then. */
  readonly wrong?: string;
  /** @returns whatever was answered; `undefined` if it was not sent, which is said elsewhere. */
  readonly send: (read: string) => Promise<unknown>;
}

function SendField({ label, button, keyboard, read, wrong = "", send }: SendFieldProps) {
  const [written, write] = useState("");
  const [said, say] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const wanted = read(written);
    if (wanted === undefined) {
      say(wrong);
    } else if ((await send(wanted)) !== undefined) {
      write("");
      say(text.sent);
    }
  };
  return (
    <form class="sending" onSubmit={(event) => void submit(event)}>
      <label class="typing">
        <span>{label}</span>
        <input
          type="text"
          inputMode={keyboard}
          autoComplete="off"
          maxLength={keyboard === "url" ? 2048 : 200}
          value={written}
          onInput={({ currentTarget }) => {
            write(currentTarget.value);
            say("");
          }}
        />
      </label>
      <button type="submit" class="soft">
        {button}
      </button>
      <p class="faint" role="status">
        {said}
      </p>
    </form>
  );
}
