import { useState } from 'preact/hooks';
import type { School, SessionView } from '../generated/api';
import { api } from '../office/desk';
import { byName } from '../office/find';
import { Loaded, useLoad } from '../office/load';
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
import { ownSchools, useRegister } from './register';
import { Timetable } from './Timetable';
import { w } from './words';
import { e } from './words-entries';

const TABS = ['timetable', 'entries', 'rooms', 'people', 'devices', 'pairings', 'bells', 'statistics', 'exchange'] as const;

/** One school, chosen where the person administers several. */
export function SchoolPage({ session }: { session: SessionView }) {
  const schools = useLoad(async () => byName(await api.all<School>('/schools')), []);
  return (
    <Loaded load={schools}>
      {(seen) => {
        const own = ownSchools(session, seen);
        return own.length === 0 ? <p class="office-empty">{w('school.none')}</p> : <Chosen session={session} own={own} seen={seen} />;
      }}
    </Loaded>
  );
}

function Chosen({ session, own, seen }: { session: SessionView; own: School[]; seen: School[] }) {
  const [id, setId] = useState(() => new URLSearchParams(location.search).get('school') ?? session.person.school);
  const school = own.find((other) => other.id === id) ?? (own[0] as School);
  const choose = (next: string | null) => {
    if (next === null) return;
    setId(next);
    history.replaceState(null, '', `?school=${encodeURIComponent(next)}${location.hash}`);
  };
  const options = own.map(({ id, name }) => ({ id, name }));
  return (
    <>
      <div class="office-line">
        {own.length > 1 ? <Picker options={options} value={school.id} onPick={choose} label={w('school')} wide test="school" /> : <h1>{school.name}</h1>}
      </div>
      <Content key={school.id} school={school} seen={seen} />
    </>
  );
}

function Content({ school, seen }: { school: School; seen: School[] }) {
  const register = useRegister(school, seen);
  const tabs = TABS.map((id) => ({ id, name: id === 'entries' ? e('tab.entries') : w(`tab.${id}`) }));
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
