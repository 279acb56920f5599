/** What there is to know about the computer and this device, and the way to forget each other. */

import { call, type Status } from "@deskconn/client";
import { useEffect, useState } from "preact/hooks";
import { duration } from "../duration.ts";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import type { Remote } from "../remote.ts";
import { sentence } from "../sentence.ts";
import type { DeskScreen } from "./desk.tsx";
import { HostCard } from "./host.tsx";
import { Card } from "./parts/card.tsx";
import { closeDialog, Dialog } from "./parts/controls.tsx";
import { SendCard } from "./send.tsx";

const { computer: text, menu } = messages;

interface ComputerProps {
  readonly remote: Remote;
  readonly screen: DeskScreen;
}

export function ComputerView({ remote, screen }: ComputerProps) {
  const { computer, device, desk } = screen;
  const { me, link } = useObservable(desk.state);
  const status = useStatus(screen);
  const [isForgetting, setForgetting] = useState(false);
  return (
    <div class="cards">
      <Card title={computer.name}>
        <dl class="facts">
          {status && (
            <>
              <dt>{text.version}</dt>
              <dd>{status.version}</dd>
              <dt>{text.running}</dt>
              <dd>{duration(status.uptime_ms)}</dd>
              <dt>{text.devices}</dt>
              <dd>{status.devices}</dd>
            </>
          )}
          <dt>{menu.computerId}</dt>
          <dd class="code-text">{computer.id}</dd>
        </dl>
      </Card>
      <HostCard screen={screen} />
      <SendCard screen={screen} />
      {status && status.components.length > 0 && <Parts status={status} />}
      <Card title={text.device}>
        <h3>{text.may}</h3>
        <ul class="may">
          {desk.grants.map((grant) => (
            <li key={grant}>
              {grantText(grant)}
              {me?.grants_until?.[grant] && (
                <span class="faint"> {text.until(moment(me.grants_until[grant]))}</span>
              )}
            </li>
          ))}
          {desk.grants.length === 0 && <li>{text.nothing}</li>}
        </ul>
        <p class="faint">
          {me?.until && `${text.paired(moment(me.until))} `}
          {text.forgetMore}
        </p>
        <p class="faint">
          {text.id} <span class="code-text">{device.id}</span>
        </p>
      </Card>
      <Card title={menu.security}>
        <p class="faint">
          {menu.securityAdvice} {!isSecureContext && menu.plainAdvice}
        </p>
        <button type="button" class="quiet danger" onClick={() => setForgetting(true)}>
          {menu.forget}
        </button>
      </Card>
      {isForgetting && (
        <Dialog title={menu.forgetTitle(computer.name)} close={() => setForgetting(false)}>
          <p>{menu.forgetAdvice}</p>
          <button type="button" class="primary danger" onClick={() => void remote.forget()}>
            {menu.confirm}
          </button>
          <button type="button" class="quiet" onClick={closeDialog}>
            {menu.cancel}
          </button>
        </Dialog>
      )}
      {link !== "online" && <p class="faint unseen">{messages.problem.offline.title}</p>}
    </div>
  );
}

function Parts({ status }: { status: Status }) {
  return (
    <Card title={text.parts}>
      <ul class="parts">
        {status.components.map(({ name, state, reason }) => (
          <li key={name}>
            <span>{name}</span>
            <span class={`state ${state}`}>{text.partStates[state]}</span>
            {reason && <p class="faint">{sentence(reason)}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** How the computer is doing, asked whenever this is opened or the link is new. */
function useStatus({ desk }: DeskScreen): Status | undefined {
  const { link, me } = useObservable(desk.state);
  const [status, setStatus] = useState<Status>();
  const mayAsk = link === "online" && me?.grants.includes("status");
  useEffect(() => {
    let isOver = false;
    if (mayAsk) {
      call(desk.connection, "daemon.status").then(
        (answer) => !isOver && setStatus(answer),
        () => {
          // It is a nicety; the line above says what is wrong with the link.
        },
      );
    }
    return () => {
      isOver = true;
    };
  }, [desk, mayAsk]);
  return status;
}

function grantText(grant: string): string {
  return grant.startsWith("gpio:")
    ? messages.line(grant.slice("gpio:".length))
    : (messages.grants[grant] ?? grant);
}

/** A moment as whoever reads the page writes it. @param at Seconds since 1970. */
function moment(at: number): string {
  return new Date(at * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
