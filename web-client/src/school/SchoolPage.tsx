import { useState } from 'preact/hooks';
import type { Geography } from '../access/access';
import { onlyReads, opens, ownSchools, type SchoolTab, schoolTabs } from '../access/pages';
import { wallOf } from '../api/zone';
import type { Alliance, Region, School, SessionView } from '../generated/api';
import { api, serverNow, zone } from '../office/desk';
import { byName } from '../office/find';
import { Loaded, useLoad } from '../office/load';
import { NotYours } from '../office/NotYours';
import { Picker } from '../office/Picker';
import { Tabs, tabOf } from '../office/tabs';
import { Statistics } from '../statistics/Statistics';
import { Bells } from './Bells';
import { Devices } from './Devices';
import { Entries } from './Entries';
import { Exchange } from './Exchange';
import { Pairings } from './Pairings';
import { People } from './People';
import { Rooms } from './Rooms';
import { allowedIn, useRegister } from './register';
import { Timetable } from './Timetable';
import { w } from './words';
import { e } from './words-entries';

interface Seen {
  schools: School[];
  geography: Geography;
}

/** One school: of those whose lessons the person looks into, or that the address names. */
export function SchoolPage({ session }: { session: SessionView }) {
  return opens(session, '/school') ? <Schools session={session} /> : <NotYours session={session} />;
}

function Schools({ session }: { session: SessionView }) {
  const seen = useLoad<Seen>(async () => {
    const [schools, regions, alliances] = await Promise.all([api.all<School>('/schools'), api.all<Region>('/regions'), api.all<Alliance>('/alliances')]);
    return { schools: byName(schools), geography: { schools, regions, alliances, today: wallOf(serverNow(), zone()).day } };
  }, []);
  return <Loaded load={seen}>{(value) => <Chosen session={session} seen={value} />}</Loaded>;
}

function Chosen({ session, seen: { schools, geography } }: { session: SessionView; seen: Seen }) {
  const [named] = useState(() => new URLSearchParams(location.search).get('school'));
  const [id, setId] = useState(named ?? session.person.school);
  const own = ownSchools(session, schools, geography);
  // A partner's page is looked at by its address.
  const offered = schools.filter((school) => school.id === id || own.includes(school));
  const found = offered.find((other) => other.id === id);
  // In place of one that was asked for, nobody is shown another.
  if (!found && named !== null) {
    return (
      <p class="office-empty" data-test="school-unknown">
        {w('school.unknown')} {offered.length > 0 && <a href="/school">{w('school.own')}</a>}
      </p>
    );
  }
  const school = found ?? offered[0];
  if (!school) return <p class="office-empty">{w('school.none')}</p>;
  const choose = (next: string | null) => {
    if (next === null) return;
    setId(next);
    history.replaceState(null, '', `?school=${encodeURIComponent(next)}${location.hash}`);
  };
  const options = offered.map(({ id, name }) => ({ id, name }));
  return (
    <>
      <div class="office-line">
        {offered.length > 1 ? <Picker options={options} value={school.id} onPick={choose} label={w('school')} wide test="school" /> : <h1>{school.name}</h1>}
        {onlyReads(session, school.id, geography) && (
          <span class="pill" data-test="only-reads">
            {w('school.only_reads')}
          </span>
        )}
      </div>
      <Content key={school.id} session={session} school={school} schools={schools} geography={geography} />
    </>
  );
}

function Content({ session, school, schools, geography }: Seen & { session: SessionView; school: School }) {
  const allowed = allowedIn(session, school.id, geography);
  const register = useRegister(school, schools, allowed);
  const nameOf = (id: SchoolTab) => {
    if (id === 'entries') return e('tab.entries');
    return id === 'exchange' && !allowed.may('ManageTimetable') ? w('tab.export') : w(`tab.${id}`);
  };
  const tabs = schoolTabs(session, school.id, geography).map((id) => ({ id, name: nameOf(id) }));
  const tab = tabOf(tabs);
  return (
    <>
      <Tabs tabs={tabs} current={tab} label={w('tabs.label')} />
      <Loaded load={register}>
        {(value) => {
          const props = { register: value, again: register.again };
          switch (tab) {
            case 'timetable':
              return <Timetable register={value} />;
            case 'entries':
              return <Entries register={value} />;
            case 'rooms':
              return <Rooms {...props} />;
            case 'people':
              return <People {...props} />;
            case 'devices':
              return <Devices register={value} />;
            case 'pairings':
              return <Pairings register={value} />;
            case 'bells':
              return <Bells {...props} />;
            case 'statistics':
              return <Statistics school={school.id} />;
            case 'exchange':
              return <Exchange register={value} />;
          }
        }}
      </Loaded>
    </>
  );
}
