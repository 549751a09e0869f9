import type { ParticipantView } from '../generated/protocol';
import { type Key, t } from '../i18n';
import { switchesOf } from '../safety';
import { type Session, slotFor } from '../session';
import { useLesson } from '../ui/context';
import type { Freshness } from '../ui/freshness';
import { HandIcon } from '../ui/HandIcon';
import { SlotVideo } from '../ui/SlotVideo';
import { type Health, healthOf } from './health';
import { TileMenu } from './TileMenu';

/** One class: its picture, its state, and what the teacher can do with it. */
export function Tile({ participant }: { participant: ParticipantView }) {
  const lesson = useLesson();
  const now = lesson.session.value;
  const slot = slotFor(now, participant.id, 'camera');
  const content = slot === null ? undefined : now.slots[slot];
  const still = now.lesson?.state === 'paused' ? 'lesson.paused' : lesson.unreached.value ? 'picture.unreached' : stillBecause(now, participant);
  const onStage = now.stage.includes(participant.id);
  const floor = now.floor === participant.id;
  const hand = now.hands.indexOf(participant.id);
  const speaking = now.speakers.includes(participant.id);
  const health = healthOf(participant, now.stats[participant.id]);
  const classes = ['tile', floor && 'large', onStage && 'on-stage', speaking && 'speaking', health === 'offline' && 'offline'].filter(Boolean).join(' ');
  return (
    <article class={classes} data-test="tile" data-participant={participant.id} aria-label={participant.name}>
      <div class="tile-picture">
        {slot !== null && content ? (
          <SlotVideo key={slot} slot={slot} content={content}>
            {(freshness) => <Cover text={coverText(participant, freshness, still)} />}
          </SlotVideo>
        ) : (
          <Cover text={coverText(participant, null, still)} />
        )}
        <div class="tile-marks">
          {floor ? (
            <span class="tag live" data-test="tile-floor">
              {t('tile.floor')}
            </span>
          ) : (
            onStage && <span class="tag">{t('tile.on_stage')}</span>
          )}
          {hand >= 0 && (
            <span class="tag hand" data-test="tile-hand">
              <HandIcon /> {hand + 1}
            </span>
          )}
          {participant.muted && <span class="tag muted-tag">{t('tile.muted')}</span>}
        </div>
        <div class="tile-name" title={participant.name}>
          <HealthDot health={health} />
          <span class="ellipsis">{participant.name}</span>
        </div>
      </div>
      <TileActions participant={participant} session={now} />
    </article>
  );
}

function Cover({ text }: { text: string | null }) {
  return text === null ? null : (
    <div class="cover">
      <p>{text}</p>
    </div>
  );
}

/** Why a class is not shown although its line is good; null when nothing forbids it. */
function stillBecause(session: Session, participant: ParticipantView): Key | null {
  const { interaction, video } = switchesOf(session);
  if (!interaction) return 'tile.forbidden';
  if (!video) return 'tile.video_off';
  if (participant.publish === 'never') return 'tile.receive_only';
  return participant.publish === 'called' && !session.stage.includes(participant.id) ? 'tile.when_called' : null;
}

/** What is said instead of the picture; null while the picture is good. */
function coverText(participant: ParticipantView, freshness: Freshness | null, still: Key | null): string | null {
  if (!participant.online) return t('tile.offline');
  if (still) return t(still);
  if (!participant.media) return t('tile.no_media');
  if (freshness === 'fresh') return null;
  if (!participant.sources.includes('camera')) return t('tile.no_camera');
  if (freshness === null) return t('tile.no_slot');
  return t(freshness === 'waiting' ? 'tile.waiting' : 'tile.stalled');
}

function HealthDot({ health }: { health: Health }) {
  return (
    <span class={`dot health-${health}`} role="img" aria-label={t(`health.${health}`)} title={t(`health.${health}`)} data-test="health" data-health={health} />
  );
}

function TileActions({ participant, session }: { participant: ParticipantView; session: Session }) {
  const lesson = useLesson();
  const { id, name, muted, online } = participant;
  const onStage = session.stage.includes(id);
  const floor = session.floor === id;
  const running = session.lesson?.state === 'live' || session.lesson?.state === 'paused';
  const offline = lesson.phase.value.kind !== 'joined';
  const callable = switchesOf(session).interaction && participant.publish !== 'never';
  return (
    <div class="tile-actions">
      {!floor && (
        <button
          type="button"
          class="button small primary"
          disabled={offline || !online || !running || !callable}
          title={running ? undefined : t('tile.call_when_live')}
          onClick={() => lesson.send({ type: 'call_on', participant: id })}
          data-test="call-on"
          aria-label={`${t('action.call_on')} ${name}`}
        >
          {t('action.call_on')}
        </button>
      )}
      {onStage && (
        <button
          type="button"
          class={floor ? 'button small' : 'button small quiet off-stage'}
          disabled={offline}
          onClick={() => lesson.send({ type: 'dismiss', participant: id })}
          data-test="dismiss"
          aria-label={`${t(floor ? 'action.end_call' : 'action.dismiss')} ${name}`}
        >
          {t(floor ? 'action.end_call' : 'action.dismiss')}
        </button>
      )}
      <button
        type="button"
        class="button small quiet"
        disabled={offline}
        aria-pressed={muted}
        onClick={() => lesson.send({ type: 'mute', participant: id, muted: !muted })}
        data-test="mute"
      >
        {t(muted ? 'action.unmute' : 'action.mute')}
      </button>
      <TileMenu participant={participant} seated={onStage && !floor} />
    </div>
  );
}
