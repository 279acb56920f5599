/** Keeps this device's own screen on while somebody presents, where the page may (https only). */

import { useEffect } from "preact/hooks";

export function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let isOver = false;
    const ask = async () => {
      if (document.visibilityState !== "visible" || !navigator.wakeLock) {
        return;
      }
      // A low battery is a reason to refuse, and none to bother anybody with.
      lock = await navigator.wakeLock.request("screen").catch(() => undefined);
      if (isOver) {
        await lock?.release();
      }
    };
    void ask();
    // The browser takes it back whenever the page is hidden.
    document.addEventListener("visibilitychange", ask);
    return () => {
      isOver = true;
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}
