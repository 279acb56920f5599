/** The pictures: drawn in the colour of the text, hidden from screen readers. */

import type { ComponentChildren } from "preact";
import type { Action } from "../../actions.ts";
import type { Tab } from "../../grants.ts";

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

/** A picture for each part of the page. */
const TABS: Record<Tab, ComponentChildren> = {
  slides: <path d="M3.5 5h17v11h-17zM12 16v3.5M8.5 20h7M10.5 8.2l3.5 2.3-3.5 2.3z" />,
  screen: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.8v2M12 19.2v2M2.8 12h2M19.2 12h2M5.5 5.5l1.4 1.4M17.1 17.1l1.4 1.4M18.5 5.5l-1.4 1.4M6.9 17.1l-1.4 1.4" />
    </>
  ),
  media: (
    <>
      <path d="M9 17.5V6l10-2v11.5" />
      <circle cx="6.5" cy="17.5" r="2.5" />
      <circle cx="16.5" cy="15.5" r="2.5" />
    </>
  ),
  pointer: <path d="M6 4l12 7.2-5.3 1.2-2.6 4.9zM13 13l4.5 6" />,
  lines: (
    <>
      <rect x="2.8" y="7" width="18.4" height="10" rx="5" />
      <circle cx="16" cy="12" r="2.6" />
    </>
  ),
  computer: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5.5M12 7.5v.1" />
    </>
  ),
};

/** The picture of a part of the page. */
export function TabIcon({ tab }: { tab: Tab }) {
  return <Icon>{TABS[tab]}</Icon>;
}

const SIGNS = {
  play: <path class="filled" d="M8 5.5v13l10.5-6.5z" />,
  pause: <path class="filled" d="M7.5 5.5h3v13h-3zM13.5 5.5h3v13h-3z" />,
  back: <path class="filled" d="M18 6v12l-8.5-6zM7 6v12" />,
  forth: <path class="filled" d="M6 6v12l8.5-6zM17 6v12" />,
  loud: <path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.3 4.3 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />,
  mute: <path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM16 9.5l5 5M21 9.5l-5 5" />,
  lock: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d="M8 11V8a4 4 0 0 1 8 0v3" />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7v5l3.5 2" />
    </>
  ),
  more: <path d="M5 12h.1M12 12h.1M19 12h.1" />,
  trash: <path d="M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7" />,
};

/** A small picture in a button. */
export function Sign({ of }: { of: keyof typeof SIGNS }) {
  return <Icon>{SIGNS[of]}</Icon>;
}
