/** A surface for fingers, or a mouse, that moves the computer's pointer. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { messages } from "../../messages.ts";
import { Pointer } from "../../pointer.ts";
import { Touchpad } from "../../touchpad.ts";
import type { DeskScreen } from "../desk.tsx";

const { pointer: text } = messages;

export function Pad({ screen }: { screen: DeskScreen }) {
  const surface = useRef<HTMLElement>(null);
  const pointer = usePointer(screen);
  useEffect(() => {
    const element = surface.current;
    if (!element) {
      return undefined;
    }
    const pad = new Touchpad();
    const act = (gesture: ReturnType<Touchpad["move"]>) => gesture && pointer.act(gesture);
    const listeners: [string, (event: PointerEvent) => void][] = [
      [
        "pointerdown",
        (event) => {
          element.setPointerCapture(event.pointerId);
          pad.down(event.pointerId, event.clientX, event.clientY, event.timeStamp);
        },
      ],
      ["pointermove", (event) => act(pad.move(event.pointerId, event.clientX, event.clientY))],
      ["pointerup", (event) => act(pad.up(event.pointerId, event.timeStamp))],
      ["pointercancel", () => pad.cancel()],
    ];
    for (const [name, listener] of listeners) {
      element.addEventListener(name, listener as EventListener);
    }
    return () => {
      for (const [name, listener] of listeners) {
        element.removeEventListener(name, listener as EventListener);
      }
    };
  }, [pointer]);
  return (
    <section ref={surface} class="surface" aria-label={text.pad}>
      <p class="faint">{text.advice}</p>
    </section>
  );
}

/** The pointer of a computer, the same for as long as its screen is shown. */
export function usePointer({ desk, features }: DeskScreen): Pointer {
  return useMemo(() => new Pointer(desk, features.input), [desk, features]);
}
