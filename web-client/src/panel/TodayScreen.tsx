import { useEffect, useRef, useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { ApiProblem, tell } from '../api/problem';
import { lessonAddress } from '../api/way';
import { clockOf } from '../api/zone';
import { tokenOf } from '../credentials';
import type { JoinView, PlannedLessonView, Today } from '../generated/api';
import { useNow } from '../ui/hooks';
import { type Attempt, DayList, NextLesson, NothingNext, TodayBar } from './TodayParts';
import { AGAIN_MS, ahead, type Holds, pause, toJoin } from './today';
import { w } from './words';

interface Props {
  api: Api;
  token: string;
  /** Lessons not to be joined by themselves, from before. */
  holds: Holds;
  onJoin: (lesson: string, token: string) => void;
  onRevoked: () => void;
}

interface Read {
  today: Today | null;
  /** The service's clock less ours. */
  ahead: number;
  problem: unknown;
}

/** A panel may be refused this often in a row before it believes that it was unbound: one answer may be a service's mishap. */
const REFUSALS = 2;

/** The lessons of the day; the next one large. Joins by itself. */
export function TodayScreen({ api, token, holds: before, onJoin, onRevoked }: Props) {
  const [read, setRead] = useState<Read>({ today: null, ahead: 0, problem: null });
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const holds = useRef<Holds>(before);
  const firstDay = useRef<string | null>(null);
  const joining = useRef(false);
  const now = useNow(1_000) + read.ahead;

  const join = async (lesson: PlannedLessonView) => {
    if (joining.current) return;
    joining.current = true;
    setAttempt({ lesson: lesson.id, problem: null, againAt: 0 });
    try {
      const view = await api.post<JoinView>(`/lessons/${encodeURIComponent(lesson.id)}/join`, undefined, { bearer: token });
      const address = lessonAddress(view, location.origin);
      const given = address === null ? null : tokenOf(new URL(address, location.origin).hash);
      if (given === null) throw new ApiProblem('server', 0, 'the page is none of ours');
      onJoin(lesson.id, given);
    } catch (problem) {
      holds.current = { ...holds.current, [lesson.id]: Date.now() + AGAIN_MS };
      setAttempt({ lesson: lesson.id, problem, againAt: Date.now() + AGAIN_MS });
    }
    joining.current = false;
  };

  useDay(api, token, {
    read: (today) => {
      // Once a day, while the service answers: the page is that of the service again, and a wall that runs for months stays young.
      if (firstDay.current !== null && firstDay.current !== today.day) return location.reload();
      firstDay.current = today.day;
      const skew = today.now_ms - Date.now();
      setRead({ today, ahead: skew, problem: null });
      const wanted = toJoin(today.lessons, holds.current, today.now_ms, Date.now());
      if (wanted) void join(wanted);
    },
    failed: (problem) => setRead((old) => ({ ...old, problem })),
    revoked: onRevoked,
  });

  const today = read.today;
  const next = today ? (ahead(today.lessons, now)[0] ?? null) : null;
  return (
    <div class="kiosk" data-test="today" data-day={today?.day}>
      <TodayBar today={today} now={now} />
      {read.problem !== null && (
        <p class="kiosk-problem" role="status" data-test="today-problem">
          {troubleText(read.problem, today)}
        </p>
      )}
      <main class="kiosk-main">
        {today === null ? (
          <section class="kiosk-next">{read.problem === null && <h1>{w('today.reading')}</h1>}</section>
        ) : next ? (
          <NextLesson
            lesson={next}
            today={today}
            now={now}
            attempt={attempt?.lesson === next.id ? attempt : null}
            held={holds.current[next.id] === Number.POSITIVE_INFINITY}
            onEnter={() => void join(next)}
          />
        ) : (
          <NothingNext any={today.lessons.length > 0} />
        )}
        {today && today.lessons.length > 0 && <DayList today={today} next={next} />}
      </main>
    </div>
  );
}

function troubleText(problem: unknown, today: Today | null): string {
  if (problem instanceof ApiProblem && problem.status !== 0) return problem.status >= 500 ? w('today.trouble') : tell(problem);
  return today ? w('today.away', { time: clockOf(today.now_ms, today.time_zone) }) : w('today.away_empty');
}

interface DayEvents {
  read: (today: Today) => void;
  failed: (problem: unknown) => void;
  revoked: () => void;
}

/** Asks for the day again and again, for as long as it is shown. */
function useDay(api: Api, token: string, events: DayEvents): void {
  const latest = useRef(events);
  latest.current = events;
  useEffect(() => {
    let timer = 0;
    let gone = false;
    let refusals = 0;
    const again = (ms: number) => {
      clearTimeout(timer);
      if (!gone) timer = window.setTimeout(() => void ask(), ms);
    };
    const ask = async () => {
      try {
        const today = await api.get<Today>('/today', { bearer: token });
        if (gone) return;
        refusals = 0;
        latest.current.read(today);
        again(pause(today.lessons, today.now_ms, Math.random()));
      } catch (problem) {
        if (gone) return;
        refusals = problem instanceof ApiProblem && problem.status === 401 ? refusals + 1 : 0;
        if (refusals >= REFUSALS) return latest.current.revoked();
        latest.current.failed(problem);
        again(5_000 * (1 - 0.3 * Math.random()));
      }
    };
    const soon = () => again(0);
    window.addEventListener('online', soon);
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
      window.removeEventListener('online', soon);
    };
  }, [token]);
}
