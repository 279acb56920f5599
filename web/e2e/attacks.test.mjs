/**
 * Web pages that attack a daemon, in a real browser: what they see, and what the daemon answers.
 *
 * DESKCONN_URL=http://127.0.0.1:… names the daemon. The names of the attackers lead to loopback, as the
 * daemon does, so that no rule of the browser about networks stands before the daemon's own.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createRelay } from "node:net";
import { pipeline } from "node:stream";
import { after, afterEach, before, describe } from "node:test";
import { it, launch } from "./browser.mjs";

const EVIL = "evil.test";
const LURE = '<!doctype html><title>Free puppies</title><link rel="icon" href="data:,">';
const SUBPROTOCOL = "wamp.2.json";

const daemon = new URL(process.env.DESKCONN_URL);

/** What a page may try by `fetch`, and what the daemon answers by path to who is of another origin. */
const REQUESTS = [
  // Without leave to read, a browser does not say who asks: the answer is what everybody gets.
  { request: { mode: "no-cors" }, answers: { "/": 200, "/ws": 400 } },
  { request: { mode: "cors" }, answers: { "/": 403, "/ws": 403 } },
  { request: { mode: "no-cors", method: "POST", body: "[1]" }, answers: { "/": 403, "/ws": 403 } },
  { request: { mode: "cors", method: "POST", body: "[1]" }, answers: { "/": 403, "/ws": 403 } },
  // The browser asks for leave first, by OPTIONS.
  {
    request: { method: "POST", body: "[1]", headers: { "content-type": "application/json" } },
    answers: { "/": 403, "/ws": 403 },
  },
];

let chromium;
let server;
let attackers;

before(async () => {
  chromium = await launch({ names: [EVIL] });
  server = createServer(({ url }, response) => {
    const headers = { "content-type": "text/html", connection: "close" };
    if (url === "/nobody") {
      headers["content-security-policy"] = "sandbox allow-scripts";
    }
    response.writeHead(200, headers).end(LURE);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  attackers = {
    "another name": `http://${EVIL}:${port}/`,
    "another port": `http://${daemon.hostname}:${port}/`,
    "no origin": `http://${EVIL}:${port}/nobody`,
  };
});

// What a visit keeps open counts among the connections that the daemon takes from one address.
afterEach(async () => {
  const visits = chromium.browser.browserContexts().slice(1);
  await Promise.all(visits.map((context) => context.close()));
});

after(async () => {
  await chromium?.close();
  server?.close();
  server?.closeAllConnections();
});

it("a page of the daemon's own opens a WebSocket", async () => {
  const { page } = await visit(daemon.href);
  assert.deepEqual(await openWebSocket(page, daemon.host), { opened: SUBPROTOCOL });
});

for (const who of ["another name", "another port", "no origin"]) {
  describe(`a page of ${who}`, () => {
    it("opens no WebSocket", async (test) => {
      const { page } = await visit(attackers[who]);
      const reason = await refused(page, () => openWebSocket(page, daemon.host), {
        comesTo: { closed: 1006 },
        saying: /^WebSocket .* failed/,
      });
      assert.match(reason, /Unexpected response code: 403/);
      test.diagnostic(`WebSocket: closed 1006; ${reason}`);
    });

    it("reads no answer, whatever it asks", async (test) => {
      const { page } = await visit(attackers[who]);
      // Tells of answers that are kept from the page, too.
      const network = await page.createCDPSession();
      await network.send("Network.enable");
      for (const { request, answers } of REQUESTS) {
        for (const [path, status] of Object.entries(answers)) {
          const [{ statusCode }, seen] = await Promise.all([
            new Promise((resolve) => network.once("Network.responseReceivedExtraInfo", resolve)),
            ask(page, new URL(path, daemon).href, request),
          ]);
          const what = `${request.mode ?? "preflighted"} ${request.method ?? "GET"} ${path}`;
          assert.deepEqual(seen, { error: "TypeError: Failed to fetch" }, what);
          assert.equal(statusCode, status, what);
          test.diagnostic(`${what}: answered ${status}; the page saw: ${seen.error}`);
        }
      }
    });

    it("runs none of the daemon's scripts", async () => {
      const own = await visit(daemon.href);
      const script = await own.page.$eval("script[src]", ({ src }) => src);
      const { page } = await visit(attackers[who]);
      await refused(page, () => embed(page, "script", script), {
        comesTo: "error",
        saying: /ERR_BLOCKED_BY_RESPONSE\.NotSameOrigin/,
      });
    });

    it("shows nothing of the daemon's in a frame", async (test) => {
      const { page } = await visit(attackers[who]);
      const reason = await refused(page, () => frameOf(page, daemon.href), {
        comesTo: "chrome-error://chromewebdata/",
        saying: /frame-ancestors 'none'/,
      });
      test.diagnostic(`frame: ${reason.trim()}`);
    });
  });
}

describe("a name of somebody else that leads to the daemon", () => {
  it("shows a refusal", async (test) => {
    const { page, answer } = await visit(`http://${EVIL}:${daemon.port}/`);
    assert.equal(answer.status(), 403);
    const text = await page.evaluate(() => document.body.innerText);
    assert.match(text, /not known by that name/);
    test.diagnostic(`page: answered 403; ${text.trim()}`);
  });

  it("gives a page that was there before nothing but refusals", async (test) => {
    let behind = server.address().port;
    const sockets = [];
    const relay = createRelay((socket) => {
      sockets.push(socket);
      pipeline(socket, connect(behind, daemon.hostname), socket, () => {});
    });
    await once(relay.listen(0, "127.0.0.1"), "listening");
    test.after(() => {
      relay.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    });
    const host = `${EVIL}:${relay.address().port}`;
    const { page } = await visit(`http://${host}/`);
    behind = daemon.port;
    assert.equal(await page.title(), "Free puppies");
    for (const [path, method] of [
      ["/", "GET"],
      ["/", "POST"],
      ["/ws", "GET"],
      ["/healthz", "GET"],
      ["/metrics", "GET"],
    ]) {
      const answer = await ask(page, path, { method });
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.error}`);
      assert.match(answer.text, /not known by that name/);
      test.diagnostic(`${method} ${path}: answered ${answer.status}, ${answer.text.trim()}`);
    }
    const reason = await refused(page, () => openWebSocket(page, host), {
      comesTo: { closed: 1006 },
      saying: /^WebSocket .* failed/,
    });
    assert.match(reason, /Unexpected response code: 403/);
    test.diagnostic(`WebSocket: closed 1006; ${reason}`);
  });
});

/** Visits a page in a browser that has nothing stored. */
async function visit(url) {
  const context = await chromium.browser.createBrowserContext();
  const page = await context.newPage();
  return { page, answer: await page.goto(url) };
}

/**
 * Attempts something that must come to nothing. Fails at once if it does not: what the browser would say of a
 * refusal is not waited for then.
 *
 * @returns what the page's console says of it.
 */
async function refused(page, attempt, { comesTo, saying }) {
  const said = new Promise((resolve) => {
    page.on("console", (message) => saying.test(message.text()) && resolve(message.text()));
  });
  assert.deepEqual(await attempt(), comesTo);
  return said;
}

/** Has the page open a WebSocket. */
function openWebSocket(page, host) {
  const open = (url, subprotocol) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, [subprotocol]);
      socket.onopen = () => resolve({ opened: socket.protocol });
      socket.onclose = ({ code }) => resolve({ closed: code });
    });
  return page.evaluate(open, `ws://${host}/ws`, SUBPROTOCOL);
}

/** Has the page make a request. */
function ask(page, url, request) {
  const ask = async (url, request) => {
    try {
      const answer = await fetch(url, request);
      return { type: answer.type, status: answer.status, text: await answer.text() };
    } catch (error) {
      return { error: String(error) };
    }
  };
  return page.evaluate(ask, url, request);
}

/** Has the page embed something; says whether it was loaded. */
function embed(page, element, src) {
  const embed = (element, src) =>
    new Promise((resolve) => {
      const embedded = document.createElement(element);
      embedded.onload = () => resolve("load");
      embedded.onerror = () => resolve("error");
      embedded.src = src;
      document.body.append(embedded);
    });
  return page.evaluate(embed, element, src);
}

/** Has the page show something in a frame. @returns the address of what the frame shows. */
async function frameOf(page, src) {
  await embed(page, "iframe", src);
  const isShown = (frame) => frame.parentFrame() && !["", "about:blank"].includes(frame.url());
  return (await page.waitForFrame(isShown)).url();
}
