import { expect, it } from "vitest";
import { parseFragment, parseLink } from "../src/link.ts";
import { parseCode } from "../src/pairing/pair.ts";
import { vector } from "./vectors.ts";

interface LinkCase {
  link: string;
  secret: string;
  id: string;
  addresses: string[];
  port: number;
  name: string | null;
}

const links: { links: LinkCase[]; refused: { why: string; link: string }[] } = vector("link.json");
const codes: { codes: { typed: string; digits: string }[]; refused: string[] } =
  vector("code.json");
const id = "bee6p47drzdyke7u6shfc7ecieshsve5";
const secret = "AAECAwQFBgcICQoLDA0ODw";

it("reads the fragment of the web remote's address", () => {
  expect(parseFragment(`#p1.${secret}.${id}`)).toEqual({ method: "qr", secret, daemonId: id });
});

it.each([
  ["nothing", ""],
  ["a bare hash", "#"],
  ["another version", `#p2.${secret}.${id}`],
  ["a short secret", `#p1.${secret.slice(1)}.${id}`],
  ["a secret of other letters", `#p1.${secret.slice(1)}=.${id}`],
  ["bits left over in the secret", `#p1.${secret.slice(0, -1)}x.${id}`],
  ["no device id", `#p1.${secret}`],
  ["something that is no device id", `#p1.${secret}.${id.toUpperCase()}`],
  ["one part too many", `#p1.${secret}.${id}.x`],
])("takes a fragment with %s for no link", (_, fragment) => {
  expect(parseFragment(fragment)).toBeUndefined();
});

it.each(links.links)("reads $link", ({ link, secret, id, addresses, port, name }) => {
  expect(parseLink(link)).toEqual({
    secret: { method: "qr", secret, daemonId: id },
    addresses,
    port,
    name: name ?? undefined,
  });
});

it.each(links.refused)("refuses a link with $why", ({ link }) => {
  expect(parseLink(link)).toBeUndefined();
});

it.each(codes.codes)("reads the code typed as $typed", ({ typed, digits }) => {
  expect(parseCode(typed)).toBe(digits);
});

it.each(codes.refused)("takes %j for no code", (typed) => {
  expect(parseCode(typed)).toBeUndefined();
});
