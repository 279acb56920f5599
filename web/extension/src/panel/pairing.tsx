/** The part of the settings that pairs, and shows whom with. */

import { parseCode } from "@deskconn/client";
import { useState } from "preact/hooks";
import type { PairAnswer, PanelState } from "../protocol.ts";
import { DEFAULT_ADDRESS, groupDigits, parseAddress } from "./address.ts";
import { forget, pair } from "./background.ts";
import type { Notice } from "./notice.ts";
import { NoticeBox } from "./pieces.tsx";
import { type TextKey, text } from "./text.ts";

type Paired = Extract<PairAnswer, { words: unknown }>;
type Failed = Extract<PairAnswer, { error: unknown }>;
type Problem = Omit<Notice, "remedy">;

/** Pairs, shows the words to compare, then the computer. */
export function Pairing({ state }: { readonly state: PanelState }) {
  const [paired, setPaired] = useState<Paired>();
  const [problem, setProblem] = useState<Problem>();
  const drop = async () => {
    await forget();
    setPaired(undefined);
    setProblem({ tone: "bad", title: text("wordsDiffered"), advice: text("wordsDifferedAdvice") });
  };
  if (paired) {
    return <Words paired={paired} onSame={() => setPaired(undefined)} onDiffer={drop} />;
  }
  if (state.computer && state.link !== "removed") {
    return <Known computer={state.computer} device={state.device ?? ""} />;
  }
  return (
    <>
      <div role="status">{state.asking && <Asking words={state.asking} />}</div>
      <PairForm
        isAsking={state.asking !== undefined}
        problem={problem}
        onProblem={setProblem}
        onPaired={setPaired}
      />
    </>
  );
}

/** The words, while the computer's owner compares them before letting this browser in. */
function Asking({ words }: { readonly words: readonly [string, string] }) {
  return (
    <>
      <h2>{text("asking")}</h2>
      <VerifierWords words={words} />
      <p>{text("askingAdvice")}</p>
    </>
  );
}

interface PairFormProps {
  /** Whether the computer's owner is asked: the form waits, out of sight. */
  readonly isAsking: boolean;
  readonly problem: Problem | undefined;
  readonly onProblem: (problem: Problem | undefined) => void;
  readonly onPaired: (paired: Paired) => void;
}

function PairForm({ isAsking, problem, onProblem, onPaired }: PairFormProps) {
  const [address, setAddress] = useState(DEFAULT_ADDRESS);
  const [code, setCode] = useState("");
  const [isWorking, setWorking] = useState(false);
  const submit = async () => {
    const [host, digits] = [parseAddress(address), parseCode(code)];
    if (!host || !digits) {
      onProblem(host ? advice("badCode") : advice("badAddress", "badAddressAdvice"));
      return;
    }
    onProblem(undefined);
    setWorking(true);
    const answer = await pair({ host, code: digits });
    setWorking(false);
    setCode("");
    if ("words" in answer) {
      onPaired(answer);
    } else {
      onProblem(inWords(answer, host));
    }
  };
  return (
    <form
      hidden={isAsking}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2>{text("pairTitle")}</h2>
      <p>{text("pairAdvice")}</p>
      <NoticeBox notice={problem} />
      <label for="address">{text("address")}</label>
      <input
        id="address"
        autoComplete="off"
        spellcheck={false}
        aria-describedby="address-advice"
        value={address}
        onInput={({ currentTarget }) => setAddress(currentTarget.value)}
      />
      <p id="address-advice" class="aside">
        {text("addressAdvice")}
      </p>
      <label for="code">{text("code")}</label>
      <input
        id="code"
        class="code"
        inputMode="numeric"
        autoComplete="off"
        placeholder="0000 0000"
        value={code}
        onInput={({ currentTarget }) => {
          const grouped = groupDigits(currentTarget.value);
          currentTarget.value = grouped;
          setCode(grouped);
        }}
      />
      <button type="submit" class="primary" disabled={isWorking}>
        {text(isWorking ? "pairing" : "pair")}
      </button>
    </form>
  );
}

interface WordsProps {
  readonly paired: Paired;
  readonly onSame: () => void;
  readonly onDiffer: () => void;
}

function Words({ paired, onSame, onDiffer }: WordsProps) {
  return (
    <>
      <h2>{text("pairedWith", paired.name)}</h2>
      <VerifierWords words={paired.words} />
      <p>{text("wordsAdvice")}</p>
      <div class="pair">
        <button type="button" class="quiet" onClick={onDiffer}>
          {text("wordsDiffer")}
        </button>
        <button type="button" class="primary" onClick={onSame}>
          {text("wordsMatch")}
        </button>
      </div>
    </>
  );
}

/** The two words that prove it was nobody else. */
function VerifierWords({ words: [first, second] }: { readonly words: readonly [string, string] }) {
  return (
    <figure class="words">
      <figcaption>{text("words")}</figcaption>
      <p>
        <span>{first}</span> <span>{second}</span>
      </p>
    </figure>
  );
}

interface KnownProps {
  readonly computer: NonNullable<PanelState["computer"]>;
  readonly device: string;
}

function Known({ computer, device }: KnownProps) {
  const [isAsking, ask] = useState(false);
  return (
    <>
      <h2>{computer.name}</h2>
      <dl>
        <dt>{text("address")}</dt>
        <dd>{computer.host}</dd>
        <dt>{text("computerId")}</dt>
        <dd class="id">{computer.id}</dd>
        <dt>{text("thisDevice")}</dt>
        <dd class="id">{device}</dd>
      </dl>
      {isAsking ? (
        <>
          <p>{text("forgetAdvice")}</p>
          <div class="pair">
            <button type="button" class="quiet" onClick={() => ask(false)}>
              {text("cancel")}
            </button>
            <button type="button" class="primary danger" onClick={() => void forget()}>
              {text("confirmForget")}
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="quiet danger" onClick={() => ask(true)}>
          {text("forget")}
        </button>
      )}
    </>
  );
}

/** Failures in words. Those of the client that mean the peer is of another version say so. */
const ERRORS: Readonly<Record<Failed["error"], readonly [TextKey, TextKey]>> = {
  not_pairing: ["errorNotPairing", "errorNotPairingAdvice"],
  busy: ["errorBusy", "errorBusyAdvice"],
  bad_code: ["errorBadCode", "errorBadCodeAdvice"],
  declined: ["errorDeclined", "errorDeclinedAdvice"],
  expired: ["errorExpired", "errorExpiredAdvice"],
  version: ["errorVersion", "errorVersionAdvice"],
  malformed: ["errorVersion", "errorVersionAdvice"],
  unreachable: ["offlineTitle", "offlineAdvice"],
  impostor: ["errorImpostor", "errorImpostorAdvice"],
  refused: ["errorRefused", "errorRefusedAdvice"],
  upgraded: ["upgradedTitle", "upgradedAdvice"],
  local_network: ["localNetworkTitle", "localNetworkAdvice"],
};

function inWords({ error, attemptsLeft, said }: Failed, host: string): Problem {
  const [title, key] = ERRORS[error];
  const left = attemptsLeft === undefined ? [] : [text("attemptsLeft", String(attemptsLeft))];
  const theirs = said === undefined ? [] : [text("computerSays", said)];
  const advice = [...theirs, text(key, host), ...left].join(" ");
  return { tone: "bad", title: text(title), advice };
}

function advice(title: TextKey, key?: TextKey): Problem {
  return { tone: "waiting", title: text(title), advice: key ? text(key) : "" };
}
