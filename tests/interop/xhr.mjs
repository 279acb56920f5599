// XMLHttpRequest as far as autobahn-js uses it, which Node lacks.

import http from "node:http";

// autobahn-js sends each message in a request of its own and waits for none. Like those of a browser that
// has one connection for them, requests of one kind keep their order.
const receiving = {};
const sending = new http.Agent({ keepAlive: true, maxSockets: 1 });

export class XMLHttpRequest {
  readyState = 0;
  status = 0;
  statusText = "";
  responseText = "";
  #headers = {};

  open(method, url) {
    this.#request = { method, url: new URL(url) };
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  send(body = "") {
    const { method, url } = this.#request;
    const [id, verb] = url.pathname.split("/").slice(-2);
    const agent = verb === "receive" ? (receiving[id] ??= new http.Agent({ keepAlive: true })) : sending;
    const headers = { ...this.#headers, "content-length": Buffer.byteLength(body) };
    const request = http.request(url, { method, headers, agent }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (text) => (this.responseText += text));
      response.on("end", () => this.#done(response.statusCode, response.statusMessage));
    });
    request.on("error", (error) => this.#done(0, error.message));
    if (this.timeout) request.setTimeout(this.timeout, () => this.ontimeout?.());
    request.end(body);
  }

  #request;

  #done(status, text) {
    Object.assign(this, { readyState: 4, status, statusText: text });
    this.onreadystatechange?.();
  }
}
