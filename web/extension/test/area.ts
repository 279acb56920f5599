/** A `chrome.storage.StorageArea` in memory, which keeps JSON as the real one does. */

import type { Area } from "../src/memory.ts";

export class MemoryArea implements Area {
  readonly items = new Map<string, string>();

  async get(keys: string[]): Promise<Record<string, unknown>> {
    const found = keys.filter((key) => this.items.has(key));
    return Object.fromEntries(found.map((key) => [key, JSON.parse(this.items.get(key) as string)]));
  }

  async set(items: Record<string, unknown>): Promise<void> {
    for (const [key, value] of Object.entries(items)) {
      this.items.set(key, JSON.stringify(value));
    }
  }

  async remove(keys: string[]): Promise<void> {
    for (const key of keys) {
      this.items.delete(key);
    }
  }
}
