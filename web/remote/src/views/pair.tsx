/** The pairing screen: a field for eight digits, or a link that is already at work. */

import { useEffect, useRef, useState } from "preact/hooks";
import { groupDigits } from "../code-field.ts";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import type { PairingProblem } from "../pairing-desk.ts";
import type { Remote } from "../remote.ts";
import { Words } from "./paired.tsx";
import { Mark } from "./parts/icons.tsx";

const { pair: text } = messages;

export function PairView({ remote, canGoBack }: { remote: Remote; canGoBack: boolean }) {
  const { isWorking, asking, problem, waitSeconds, canRetryLink } = useObservable(
    remote.desk.state,
  );
  const [code, setCode] = useState("");
  return (
    <main class="sheet">
      <Mark />
      <h1>{asking ? text.asking : isWorking ? text.working : text.title}</h1>
      {!problem && (
        <p class="lead">
          {asking ? text.askingAdvice : isWorking ? text.workingAdvice : text.advice}
        </p>
      )}
      {asking && <Words words={asking} />}
      <div role="alert" class="problem-slot">
        {problem && <Problem problem={problem} />}
      </div>
      {isWorking ? (
        <div class="spinner" role="progressbar" aria-label={text.working} />
      ) : (
        <>
          {canRetryLink && (
            <button
              type="button"
              class="primary"
              disabled={waitSeconds > 0}
              onClick={() => void remote.retryLink()}
            >
              {waitSeconds > 0 ? text.tryAgainIn(waitSeconds) : text.tryAgain}
            </button>
          )}
          <CodeForm
            problem={problem}
            waitSeconds={waitSeconds}
            code={code}
            setCode={setCode}
            submit={() => void remote.enterCode(code)}
          />
          <p class="aside">{text.scan}</p>
        </>
      )}
      {canGoBack && !isWorking && (
        <button type="button" class="quiet" onClick={() => void remote.start("")}>
          {text.back}
        </button>
      )}
    </main>
  );
}

function Problem({ problem }: { problem: PairingProblem }) {
  return (
    <div class="notice bad" id="pair-problem">
      <strong>{problem.title}</strong>
      {problem.advice && <p>{problem.advice}</p>}
    </div>
  );
}

interface CodeFormProps {
  readonly problem: PairingProblem | undefined;
  readonly waitSeconds: number;
  readonly code: string;
  readonly setCode: (code: string) => void;
  readonly submit: () => void;
}

function CodeForm({ problem, waitSeconds, code, setCode, submit }: CodeFormProps) {
  const field = useRef<HTMLInputElement>(null);
  const isComplete = code.length === "0000 0000".length;

  // After a wrong code, and wherever a keyboard is at hand, typing can start at once.
  useEffect(() => field.current?.select(), [problem]);

  return (
    <form
      class="code-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label for="code">{text.code}</label>
      <input
        ref={field}
        id="code"
        class="code"
        type="text"
        inputMode="numeric"
        autoComplete="off"
        enterKeyHint="go"
        placeholder="0000 0000"
        aria-invalid={problem?.isCode ?? false}
        aria-describedby={problem ? "pair-problem" : undefined}
        value={code}
        onInput={({ currentTarget }) => {
          const grouped = groupDigits(currentTarget.value);
          currentTarget.value = grouped;
          setCode(grouped);
        }}
      />
      <button type="submit" class="primary" disabled={!isComplete || waitSeconds > 0}>
        {waitSeconds > 0 ? text.tryAgainIn(waitSeconds) : text.submit}
      </button>
    </form>
  );
}
