/** What plays on the computer, and how loud. */

import { call, type Player, type Volume } from "@deskconn/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { messages } from "../messages.ts";
import { clockText } from "../talk-timer.ts";
import { useDial } from "../use-dial.ts";
import type { DeskScreen } from "./desk.tsx";
import { FeatureCard } from "./parts/card.tsx";
import { Press, Slider, Switch } from "./parts/controls.tsx";
import { Sign } from "./parts/icons.tsx";

const { media: text } = messages;

export function MediaView({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  return (
    <div class="cards">
      <FeatureCard title={text.players} desk={desk} feature={features.media} broken={text.broken}>
        {({ players = [] }, isLive) =>
          players.length === 0 ? (
            <p class="empty">
              <strong>{text.none}</strong>
              <span>{text.noneAdvice}</span>
            </p>
          ) : (
            players.map((player) => (
              <PlayerBox key={player.id} screen={screen} player={player} isLive={isLive} />
            ))
          )
        }
      </FeatureCard>
      <FeatureCard
        title={text.volume}
        desk={desk}
        feature={features.volume}
        broken={text.brokenVolume}
      >
        {(volume, isLive) => <VolumeBox screen={screen} volume={volume} isLive={isLive} />}
      </FeatureCard>
    </div>
  );
}

interface PlayerProps {
  readonly screen: DeskScreen;
  readonly player: Player;
  readonly isLive: boolean;
}

function PlayerBox({ screen, player, isLive }: PlayerProps) {
  const { desk, features } = screen;
  const { state, title, artist, album } = player;
  const isPlaying = state === "playing";
  const press = (verb: "next" | "previous" | "play_pause") =>
    void desk.ask(
      () => call(desk.connection, `media.${verb}`, { player: player.id }),
      features.media,
    );
  return (
    <section class="player" aria-label={player.name}>
      <div class="track">
        <Cover screen={screen} player={player} />
        <div>
          <h3>{title || text.untitled}</h3>
          <p class="faint">
            {[artist, album, player.name, text.states[state]].filter(Boolean).join(" · ")}
          </p>
        </div>
      </div>
      <Position screen={screen} player={player} isLive={isLive} />
      <div class="transport">
        <Press
          class="round"
          label={text.previous}
          isLive={isLive && player.can_previous !== false}
          press={() => press("previous")}
        >
          <Sign of="back" />
        </Press>
        <Press
          class="round main"
          label={isPlaying ? text.pause : text.play}
          isLive={isLive && (isPlaying ? player.can_pause : player.can_play) !== false}
          press={() => press("play_pause")}
        >
          <Sign of={isPlaying ? "pause" : "play"} />
        </Press>
        <Press
          class="round"
          label={text.next}
          isLive={isLive && player.can_next !== false}
          press={() => press("next")}
        >
          <Sign of="forth" />
        </Press>
      </div>
    </section>
  );
}

/** The picture of what is played, asked for whenever that is something else. */
function Cover({ screen, player }: { readonly screen: DeskScreen; readonly player: Player }) {
  const { connection } = screen.desk;
  const { id, title, album, has_art: isThere } = player;
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    let isOver = false;
    if (isThere) {
      call(connection, "media.art", { player: id }).then(
        // Octets in JSON begin with U+0000.
        ({ mime, bytes }) => !isOver && setPicture(`data:${mime};base64,${bytes.slice(1)}`),
        () => {
          // It is a nicety; without it everything else is there.
        },
      );
    }
    return () => {
      isOver = true;
      setPicture(undefined);
    };
  }, [connection, id, title, album, isThere]);
  return picture ? <img class="cover" src={picture} alt="" /> : null;
}

/** Where a player is: told by the computer now and then, counted on in between. */
function Position({ screen, player, isLive }: PlayerProps) {
  const { desk, features } = screen;
  const length = player.length_ms;
  const now = usePosition(player);
  const [position, drag] = useDial(now, (wanted) =>
    desk.ask(
      () => call(desk.connection, "media.seek", { player: player.id, position_ms: wanted }),
      features.media,
    ),
  );
  if (!length || player.position_ms === undefined) {
    return null;
  }
  const [there, whole] = [clockText(position), clockText(length)];
  return (
    <div class="position">
      <Slider
        label={text.position(player.name)}
        value={Math.min(position, length)}
        max={length}
        step={1000}
        text={`${there} / ${whole}`}
        isLive={isLive && player.can_seek !== false}
        drag={drag}
      />
      <p class="faint">
        <span>{there}</span>
        <span>{whole}</span>
      </p>
    </div>
  );
}

function usePosition({ position_ms: told = 0, state, length_ms: length, title }: Player): number {
  const heard = useRef({ at: Date.now(), told });
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    heard.current = { at: Date.now(), told };
    setNow(Date.now());
    if (state !== "playing") {
      return undefined;
    }
    const clock = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(clock);
  }, [told, state, title]);
  const since = state === "playing" ? Math.max(0, now - heard.current.at) : 0;
  return Math.min(heard.current.told + since, length ?? Number.POSITIVE_INFINITY);
}

interface VolumeProps {
  readonly screen: DeskScreen;
  readonly volume: Volume;
  readonly isLive: boolean;
}

function VolumeBox({ screen, volume, isLive }: VolumeProps) {
  const { desk, features } = screen;
  const { connection } = desk;
  const accept = async (request: () => Promise<Volume>) =>
    features.volume.accept(await desk.ask(request, features.volume));
  const [percent, drag] = useDial(volume.percent, (wanted) =>
    accept(() => call(connection, "volume.set", { percent: wanted })),
  );
  const { muted, microphone_muted: isDeaf } = volume;
  return (
    <>
      <div class="dial">
        <Press
          class="round"
          label={text.muteName}
          isPressed={muted}
          isLive={isLive}
          press={() => void accept(() => call(connection, "volume.mute", { muted: !muted }))}
        >
          <Sign of={muted ? "mute" : "loud"} />
        </Press>
        <Slider
          label={text.volume}
          value={Math.min(percent, 100)}
          text={muted ? text.muted : `${percent} %`}
          isLive={isLive}
          drag={drag}
        />
        <output>{muted ? text.muted : `${percent} %`}</output>
      </div>
      {isDeaf !== undefined && (
        <div class="setting">
          <p>{text.microphone}</p>
          <Switch
            label={text.microphone}
            isOn={isDeaf}
            isLive={isLive}
            set={(isOn) =>
              void accept(() => call(connection, "volume.mute_microphone", { muted: isOn }))
            }
          />
        </div>
      )}
    </>
  );
}
