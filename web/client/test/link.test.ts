import { expect, it } from "vitest";
import { parseFragment, parseLink } from "../src/link.ts";
import { parseCode } from "../src/pairing/pair.ts";

const id = "bee6p47drzdyke7u6shfc7ecieshsve5";
const secret = "AAECAwQFBgcICQoLDA0ODw";
const qr = { method: "qr", secret, daemonId: id };

it("reads the fragment of the web remote's address", () => {
  expect(parseFragment(`#p1.${secret}.${id}`)).toEqual(qr);
});

it.each([
  ["nothing", ""],
  ["a bare hash", "#"],
  ["another version", `#p2.${secret}.${id}`],
  ["a short secret", `#p1.${secret.slice(1)}.${id}`],
  ["a secret of other letters", `#p1.${secret.slice(1)}=.${id}`],
  ["no device id", `#p1.${secret}`],
  ["something that is no device id", `#p1.${secret}.${id.toUpperCase()}`],
  ["one part too many", `#p1.${secret}.${id}.x`],
])("takes a fragment with %s for no link", (_, fragment) => {
  expect(parseFragment(fragment)).toBeUndefined();
});

it("reads the web link", () => {
  expect(parseLink(`http://192.168.1.20:5020/#p1.${secret}.${id}`)).toEqual({
    secret: qr,
    hosts: ["192.168.1.20"],
    port: 5020,
    name: undefined,
  });
});

it("reads the native link with all its addresses", () => {
  const query = `v=1&i=${id}&h=192.168.1.20,10.0.0.4,[fe80::1]&p=5020&n=study%20laptop`;
  expect(parseLink(`deskconn://pair?${query}#${secret}`)).toEqual({
    secret: qr,
    hosts: ["192.168.1.20", "10.0.0.4", "fe80::1"],
    port: 5020,
    name: "study laptop",
  });
});

it.each([
  `deskconn://pair?v=2&i=${id}#${secret}`,
  `deskconn://pair?v=1#${secret}`,
  `deskconn://other?v=1&i=${id}#${secret}`,
  `javascript:alert(1)#p1.${secret}.${id}`,
  "not a link",
])("refuses %s", (text) => {
  expect(parseLink(text)).toBeUndefined();
});

it("reads a typed code with and without spaces", () => {
  expect(parseCode("48217305")).toBe("48217305");
  expect(parseCode(" 4821 7305 ")).toBe("48217305");
  expect(parseCode("0000-0001")).toBe("00000001");
  expect(parseCode("4821730")).toBeUndefined();
  expect(parseCode("4821730a")).toBeUndefined();
  expect(parseCode("482173055")).toBeUndefined();
});
