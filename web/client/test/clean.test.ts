import { expect, it } from "vitest";
import { clean } from "../src/clean.ts";

it.each([
  ["study-laptop", "study-laptop"],
  ["  two \t words\n", "two words"],
  ["Zoë’s phone 📱", "Zoë’s phone 📱"],
  ["\u202Eevil\u202C", "evil"],
  ["a\u0000b\u001B[31m", "ab[31m"],
  ["\u200B \uFEFF", ""],
  ["😀".repeat(70), "😀".repeat(64)],
])("makes %j fit to be shown", (text, shown) => {
  expect(clean(text)).toBe(shown);
});
