/** The controls that several parts of the page have: a slider, a switch, a dialog. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  /** The value in words. */
  readonly text: string;
  readonly isLive: boolean;
  readonly drag: (value: number) => void;
}

export function Slider({
  label,
  value,
  min = 0,
  max = 100,
  step = 1,
  text,
  isLive,
  drag,
}: SliderProps) {
  const part = max > min ? (value - min) / (max - min) : 0;
  return (
    <input
      class="slider"
      type="range"
      aria-label={label}
      aria-valuetext={text}
      min={min}
      max={max}
      step={step}
      value={value}
      disabled={!isLive}
      // A property set by script, which the policy allows; an attribute it does not.
      style={{ "--part": part }}
      onInput={({ currentTarget }) => drag(Number(currentTarget.value))}
    />
  );
}

interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly isLive: boolean;
  readonly set: (isOn: boolean) => void;
}

export function Switch({ label, isOn, isLive, set }: SwitchProps) {
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-disabled={!isLive}
      onClick={() => isLive && set(!isOn)}
    >
      <span />
    </button>
  );
}

interface PressProps {
  readonly label?: string;
  readonly class?: string;
  readonly isLive: boolean;
  readonly isPressed?: boolean;
  readonly press: () => void;
  readonly children: ComponentChildren;
}

/** A button that keeps the focus when the connection blinks, which `disabled` would not. */
export function Press({ label, class: name, isLive, isPressed, press, children }: PressProps) {
  return (
    <button
      type="button"
      class={name ?? "soft"}
      aria-label={label}
      aria-pressed={isPressed}
      aria-disabled={!isLive}
      onClick={() => isLive && press()}
    >
      {children}
    </button>
  );
}

interface DialogProps {
  readonly title: string;
  /** Called when it was closed; it is not to be drawn any more. */
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A dialog that is open for as long as it is drawn. */
export function Dialog({ title, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-label={title}
      onClose={close}
      // A press beside it closes it, in browsers that know this.
      closedby="any"
    >
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** Closes the dialog that a button is in. One that is just not drawn any more loses the focus. */
export function closeDialog({ currentTarget }: { readonly currentTarget: HTMLElement }): void {
  currentTarget.closest("dialog")?.close();
}
