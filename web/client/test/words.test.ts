import { expect, it } from "vitest";
import { verifierWords } from "../src/words.ts";
import { vector } from "./vectors.ts";

it("has the words of the shared list in both columns", () => {
  const list: { even: string[]; odd: string[] } = vector("words.json");
  const all = Array.from({ length: 256 }, (_, i) => verifierWords(Uint8Array.of(i, i)));
  expect(all.map(([even]) => even)).toEqual(list.even);
  expect(all.map(([, odd]) => odd)).toEqual(list.odd);
});

it("takes the first byte through the even column and the second through the odd one", () => {
  expect(verifierWords(Uint8Array.of(0x36, 0x9e, 0xc2))).toEqual(["christmas", "onlooker"]);
});
