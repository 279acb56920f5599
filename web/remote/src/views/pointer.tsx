/** The touchpad and the keyboard. */

import { useState } from "preact/hooks";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import { featureNotice, isLive } from "../status.ts";
import type { DeskScreen } from "./desk.tsx";
import { Press } from "./parts/controls.tsx";
import { NoticeBox } from "./parts/notice-box.tsx";
import { Pad, usePointer } from "./parts/pad.tsx";

const { pointer: text } = messages;

/** The keys there are buttons for, as the computer calls them. */
const KEYS = ["escape", "tab", "backspace", "enter", "left", "down", "up", "right"] as const;

/** What stands on the keys that are arrows on every keyboard. */
const ARROWS: Readonly<Record<string, string>> = { left: "←", down: "↓", up: "↑", right: "→" };

export function PointerView({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  const link = useObservable(desk.state);
  const input = useObservable(features.input.state);
  const pointer = usePointer(screen);
  const wrong = link.link === "online" && featureNotice(input, text.broken);
  if (wrong) {
    return <NoticeBox notice={wrong} checkAgain={() => void features.input.refresh()} />;
  }
  const live = isLive(link, input);
  return (
    <div class="pointing">
      <Pad screen={screen} />
      <div class="buttons">
        {(["left", "right"] as const).map((button) => (
          <button
            key={button}
            type="button"
            class="soft"
            aria-disabled={!live}
            onPointerDown={() => live && pointer.button(button, "press")}
            onPointerUp={() => live && pointer.button(button, "release")}
            onPointerCancel={() => live && pointer.button(button, "release")}
            // A keyboard makes clicks without a pointer.
            onClick={({ detail }) => live && detail === 0 && pointer.button(button, "click")}
          >
            {text.buttons[button]}
          </button>
        ))}
      </div>
      <TypingField type={(typed) => pointer.type(typed)} press={(key) => pointer.key(key)} />
      <fieldset class="keys" aria-label={text.keys}>
        {KEYS.map((key) => (
          <Press key={key} label={text.keyNames[key]} isLive={live} press={() => pointer.key(key)}>
            {ARROWS[key] ?? text.keyNames[key]}
          </Press>
        ))}
      </fieldset>
    </div>
  );
}

interface TypingFieldProps {
  readonly type: (text: string) => void;
  readonly press: (key: "backspace" | "enter") => void;
}

/** A field whose text appears on the computer while it is typed. Words that are still being put together wait. */
function TypingField({ type, press }: TypingFieldProps) {
  const [sent, setSent] = useState("");
  const follow = (now: string) => {
    const kept = commonStart(sent, now);
    for (let left = sent.length - kept; left > 0; left -= 1) {
      press("backspace");
    }
    if (now.length > kept) {
      type(now.slice(kept));
    }
    setSent(now);
  };
  return (
    <label class="typing">
      <span>{text.type}</span>
      <input
        type="text"
        autoComplete="off"
        autoCapitalize="off"
        spellcheck={false}
        placeholder={text.typePlaceholder}
        value={sent}
        onInput={(event) => {
          if (!(event as InputEvent).isComposing) {
            follow(event.currentTarget.value);
          }
        }}
        onCompositionEnd={({ currentTarget }) => follow(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            press("enter");
            setSent("");
          }
        }}
      />
    </label>
  );
}

/** How many characters two texts begin with in common. */
function commonStart(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let same = 0;
  while (same < end && a[same] === b[same]) {
    same += 1;
  }
  return same;
}
