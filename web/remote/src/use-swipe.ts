/** Swipes over an element, which may be full of buttons. */

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { Action } from "./actions.ts";
import { actionForSwipe, type Spot } from "./swipe.ts";

/** Calls `act` for every swipe over `area`. The click that ends a swipe is not a press. */
export function useSwipe(area: RefObject<HTMLElement | null>, act: (action: Action) => void): void {
  useEffect(() => {
    const element = area.current;
    let from: Spot | undefined;
    let isSwipe = false;
    const down = (event: PointerEvent) => {
      from = event.isPrimary ? { x: event.clientX, y: event.clientY } : undefined;
      isSwipe = false;
    };
    const up = (event: PointerEvent) => {
      const action = from && actionForSwipe(from, { x: event.clientX, y: event.clientY });
      from = undefined;
      isSwipe = action !== undefined;
      if (action) {
        act(action);
      }
    };
    const cancel = () => {
      from = undefined;
    };
    const click = (event: MouseEvent) => {
      if (isSwipe) {
        isSwipe = false;
        event.stopPropagation();
      }
    };
    element?.addEventListener("pointerdown", down);
    element?.addEventListener("pointerup", up);
    element?.addEventListener("pointercancel", cancel);
    element?.addEventListener("click", click, { capture: true });
    return () => {
      element?.removeEventListener("pointerdown", down);
      element?.removeEventListener("pointerup", up);
      element?.removeEventListener("pointercancel", cancel);
      element?.removeEventListener("click", click, { capture: true });
    };
  }, [area, act]);
}
