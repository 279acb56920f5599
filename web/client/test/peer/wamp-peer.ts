/** The router's side of one WAMP session in JSON, for tests only: join, call, subscribe, leave. */

import { parseObject } from "../../src/bytes.ts";
import { Refusal } from "./refusal.ts";

type Message = [number, ...unknown[]];

/** What a realm of the test daemon offers to a session. */
export interface RealmRules {
  readonly realm: string;
  /** The CHALLENGE's details for a HELLO, or `undefined` to let anybody in. Throws to ABORT. */
  challenge?(details: Record<string, unknown>): Record<string, unknown>;
  /** Checks the answer to the challenge. */
  verify?(signature: string): boolean;
  /** Whether a topic may be subscribed to. */
  maySubscribe?(topic: string): boolean;
  /** Answers a call with kwargs, or throws a Refusal. */
  call(procedure: string, kwargs: Record<string, unknown>): Record<string, unknown>;
}

const roles = { broker: {}, dealer: {} };

export class WampPeer {
  readonly #rules: RealmRules;
  readonly #send: (text: string) => void;
  readonly #topics = new Map<string, number>();
  #takesRevocations = false;
  #nextId = 1;

  constructor(rules: RealmRules, send: (text: string) => void) {
    this.#rules = rules;
    this.#send = send;
  }

  /** Takes one message of the client. */
  receive(text: string): void {
    const [type, ...rest] = JSON.parse(text) as Message;
    if (type === 1) {
      this.#hello(rest[0] as string, rest[1] as Record<string, unknown>);
    } else if (type === 5) {
      this.#authenticate(rest[0] as string);
    } else if (type === 6) {
      this.#say([6, {}, "wamp.close.goodbye_and_out"]);
    } else if (type === 32) {
      this.#subscribe(rest[0] as number, rest[2] as string);
    } else if (type === 48) {
      this.#call(rest[0] as number, rest[2] as string, rest[4]);
    }
  }

  /** Sends an event, if the client subscribed to the topic. */
  publish(topic: string, kwargs: Record<string, unknown>): void {
    const subscription = this.#topics.get(topic);
    if (subscription !== undefined) {
      this.#say([36, subscription, this.#id(), {}, [], kwargs]);
    }
  }

  /** Takes a subscription back (spec, "Subscription Revocation"). */
  revoke(topic: string): void {
    const subscription = this.#topics.get(topic);
    this.#topics.delete(topic);
    // The specification forbids it otherwise.
    if (subscription !== undefined && this.#takesRevocations) {
      this.#say([35, 0, { subscription, reason: "wamp.error.not_authorized" }]);
    }
  }

  /** Ends the session from the router's side. */
  abort(uri: string): void {
    this.#say([3, { message: "no" }, uri]);
  }

  #hello(realm: string, details: Record<string, unknown>): void {
    const { roles: theirs } = details as { roles?: { subscriber?: { features?: object } } };
    this.#takesRevocations =
      parseObject(theirs?.subscriber?.features)?.subscription_revocation === true;
    if (realm !== this.#rules.realm) {
      this.abort("wamp.error.no_such_realm");
      return;
    }
    if (!this.#rules.challenge) {
      this.#say([2, this.#id(), { roles }]);
      return;
    }
    try {
      this.#say([4, "cryptosign", this.#rules.challenge(details)]);
    } catch (error) {
      this.abort((error as Refusal).uri);
    }
  }

  #authenticate(signature: string): void {
    if (this.#rules.verify?.(signature)) {
      this.#say([2, this.#id(), { roles }]);
    } else {
      this.abort("wamp.error.authentication_failed");
    }
  }

  #subscribe(request: number, topic: string): void {
    if (this.#rules.maySubscribe?.(topic) === false) {
      this.#say([8, 32, request, {}, "wamp.error.not_authorized"]);
      return;
    }
    const id = this.#topics.get(topic) ?? this.#id();
    this.#topics.set(topic, id);
    this.#say([33, request, id]);
  }

  #call(request: number, procedure: string, kwargs: unknown): void {
    try {
      const answer = this.#rules.call(procedure, (kwargs ?? {}) as Record<string, unknown>);
      this.#say([50, request, {}, [], answer]);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      this.#say([8, 48, request, {}, error.uri, [error.message], error.kwargs]);
    }
  }

  #id(): number {
    return this.#nextId++;
  }

  #say(message: unknown[]): void {
    this.#send(JSON.stringify(message));
  }
}
