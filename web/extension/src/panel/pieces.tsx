/** What the popup and the settings have in common. */

import type { ComponentChildren } from "preact";
import type { PanelState } from "../protocol.ts";
import { LEVEL } from "../settings.ts";
import { setLevel } from "./choices.ts";
import { type Notice, statusLine } from "./notice.ts";
import { text } from "./text.ts";

/** The line that says how the connection is. */
export function Status({ state }: { readonly state: PanelState | undefined }) {
  const line = state ? statusLine(state) : ({ tone: "waiting", text: text("loading") } as const);
  return (
    <p class={`status ${line.tone}`} role="status">
      {line.text}
    </p>
  );
}

interface NoticeBoxProps {
  readonly notice: Omit<Notice, "remedy"> | undefined;
  /** What can be done about it. */
  readonly children?: ComponentChildren;
}

/** Advice; the region is always there, so that screen readers hear what appears in it. */
export function NoticeBox({ notice, children }: NoticeBoxProps) {
  return (
    <div role="alert">
      {notice && (
        <div class={`notice ${notice.tone}`}>
          <strong>{notice.title}</strong> {notice.advice}
          {children && <div class="notice-actions">{children}</div>}
        </div>
      )}
    </div>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  readonly onSwitch: (on: boolean) => void;
}

/** A switch with its label. */
export function Switch({ label, on, onSwitch }: SwitchProps) {
  return (
    <label class="row">
      <span>{label}</span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(event) => {
          const wanted = event.currentTarget.checked;
          // Whether it is on, the browser decides.
          event.currentTarget.checked = on;
          onSwitch(wanted);
        }}
      />
    </label>
  );
}

/** How bright films are. */
export function Level({ percent }: { readonly percent: number }) {
  return (
    <div class="level">
      <label class="row" for="level">
        <span>{text("level")}</span>
        <output for="level">{text("percent", String(percent))}</output>
      </label>
      <input
        id="level"
        type="range"
        {...LEVEL}
        value={percent}
        onChange={({ currentTarget }) => void setLevel(Number(currentTarget.value))}
      />
    </div>
  );
}
