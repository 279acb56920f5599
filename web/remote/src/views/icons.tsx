/** The pictures: drawn in the colour of the text, hidden from screen readers. */

import type { ComponentChildren } from "preact";
import type { Action } from "../actions.ts";

interface IconProps {
  readonly children: ComponentChildren;
  readonly class?: string;
}

function Icon({ children, class: name = "icon" }: IconProps) {
  return (
    <svg class={name} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** A path for each action, on a grid of 24. */
const SHAPES: Record<Action, ComponentChildren> = {
  next: <path d="M9 5l7 7-7 7" />,
  previous: <path d="M15 5l-7 7 7 7" />,
  first: <path d="M17 6l-6 6 6 6M7 6v12" />,
  last: <path d="M7 6l6 6-6 6M17 6v12" />,
  start: <path d="M8 5.5v13l10.5-6.5z" />,
  start_current: <path d="M10.5 7v10l7.5-5zM5.5 6v12" />,
  stop: <rect x="6.5" y="6.5" width="11" height="11" rx="1.5" />,
  black: <rect class="filled" x="4" y="6" width="16" height="12" rx="2" />,
  white: <rect x="4" y="6" width="16" height="12" rx="2" />,
};

/** The picture of an action. */
export function ActionIcon({ action }: { action: Action }) {
  return <Icon>{SHAPES[action]}</Icon>;
}

/** The product's mark. */
export function Mark() {
  return (
    <Icon class="mark">
      <rect x="3" y="4.5" width="18" height="12" rx="2" />
      <path d="M10.5 7.8l3 2.7-3 2.7M8 20h8" />
    </Icon>
  );
}

/** Something went well. */
export function Check() {
  return (
    <Icon class="mark good">
      <circle cx="12" cy="12" r="9" />
      <path d="M8 12.3l2.7 2.7 5.3-5.7" />
    </Icon>
  );
}

/** Opens what there is to know about the computer. */
export function Info() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5.5M12 7.5v.1" />
    </Icon>
  );
}
