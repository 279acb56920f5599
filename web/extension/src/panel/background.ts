/** The popup's and the settings' line to the background. */

import { useEffect, useState } from "preact/hooks";
import {
  type ForgetMessage,
  PANEL,
  type PairAnswer,
  type PairMessage,
  type PanelMessage,
  type PanelState,
} from "../protocol.ts";

/** A line that is opened again when the browser stops the background and with it the line. */
class Line {
  readonly #show: (state: PanelState) => void;
  #port: chrome.runtime.Port;
  #isClosed = false;

  constructor(show: (state: PanelState) => void) {
    this.#show = show;
    this.#port = this.#open();
  }

  say(message: PanelMessage): void {
    this.#port.postMessage(message);
  }

  close(): void {
    this.#isClosed = true;
    this.#port.disconnect();
  }

  #open(): chrome.runtime.Port {
    const port = chrome.runtime.connect({ name: PANEL });
    port.onMessage.addListener(this.#show);
    port.onDisconnect.addListener(() => {
      if (!this.#isClosed) {
        this.#port = this.#open();
      }
    });
    return port;
  }
}

/** How things are, as long as the component is there; `undefined` until the background has said. */
export function useBackground(): [PanelState | undefined, (message: PanelMessage) => void] {
  const [state, setState] = useState<PanelState>();
  const [line, setLine] = useState<Line>();
  useEffect(() => {
    const line = new Line(setState);
    setLine(line);
    return () => line.close();
  }, []);
  return [state, (message) => line?.say(message)];
}

/** Pairs with a computer. */
export function pair(message: Omit<PairMessage, "kind">): Promise<PairAnswer> {
  return chrome.runtime.sendMessage({ kind: "pair", ...message } satisfies PairMessage);
}

/** Forgets the computer. */
export function forget(): Promise<void> {
  return chrome.runtime.sendMessage({ kind: "forget" } satisfies ForgetMessage);
}
