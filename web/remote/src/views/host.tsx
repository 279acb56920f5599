/** How the computer itself is doing: its battery as it changes, the rest when this is opened. */

import { useEffect } from "preact/hooks";
import { facts } from "../host-facts.ts";
import { messages } from "../messages.ts";
import type { DeskScreen } from "./desk.tsx";
import { FeatureCard } from "./parts/card.tsx";

const { host: text } = messages;

export function HostCard({ screen }: { readonly screen: DeskScreen }) {
  const { desk, features } = screen;
  useEffect(() => void features.host.refresh(), [features]);
  return (
    <FeatureCard title={text.title} desk={desk} feature={features.host} broken={text.broken}>
      {(host) => (
        <dl class="facts">
          {facts(host).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </FeatureCard>
  );
}
