/** A box with a title, and what a part of the computer needs of one: what is wrong with it. */

import type { ComponentChildren } from "preact";
import type { Desk } from "../../desk.ts";
import type { Feature, FeatureState } from "../../feature.ts";
import { useObservable } from "../../observable.ts";
import { featureNotice, isLive } from "../../status.ts";
import { NoticeBox } from "./notice-box.tsx";

interface CardProps {
  readonly title: string;
  /** Something small beside the title. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Card({ title, aside, children }: CardProps) {
  return (
    <section class="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface FeatureCardProps<S extends { available: boolean; reason?: string }> {
  readonly title: string;
  readonly desk: Desk;
  readonly feature: Feature<S>;
  /** What to say when it does not work. */
  readonly broken: { readonly title: string; readonly advice: string };
  /** @param isLive Whether pressing anything does something now. */
  readonly children: (status: S, isLive: boolean) => ComponentChildren;
}

/** A part of the computer: drawn when it works, explained when it does not, absent when not allowed. */
export function FeatureCard<S extends { available: boolean; reason?: string }>({
  title,
  desk,
  feature,
  broken,
  children,
}: FeatureCardProps<S>) {
  const link = useObservable(desk.state);
  const state: FeatureState<S> = useObservable(feature.state);
  if (state.kind === "denied") {
    return null;
  }
  const wrong = featureNotice(state, broken);
  return (
    <Card title={title}>
      {wrong && <NoticeBox notice={wrong} checkAgain={() => void feature.refresh()} />}
      {state.kind === "unknown" && <p class="faint" aria-busy="true" />}
      {state.kind === "ready" && children(state.status, isLive(link, state))}
    </Card>
  );
}
