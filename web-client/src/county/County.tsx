import { useState } from 'preact/hooks';
import { maySomewhere } from '../access/access';
import { type CountyTab, countyTabs } from '../access/pages';
import type { SessionView } from '../generated/api';
import { NotYours } from '../office/NotYours';
import { titleOf } from '../office/Shell';
import { Tabs, tabOf } from '../office/tabs';
import { Statistics } from '../statistics/Statistics';
import { Alliances } from './Alliances';
import { Audit } from './Audit';
import { Beginning } from './Beginning';
import { People } from './People';
import { Regions } from './Regions';
import { Schools } from './Schools';
import { Terms } from './Terms';
import { TodayBoard } from './TodayBoard';
import { Webhooks } from './Webhooks';
import { w } from './words';
import { h } from './words-hooks';
import { p } from './words-people';
import { g } from './words-regions';

function tabName(id: CountyTab): string {
  if (id === 'people' || id === 'audit') return p(`tab.${id}`);
  if (id === 'regions') return g('tab.regions');
  return id === 'webhooks' ? h('tab.webhooks') : w(`tab.${id}`);
}

export function County({ session }: { session: SessionView }) {
  const [changed, setChanged] = useState(0);
  const tabs = countyTabs(session).map((id) => ({ id, name: tabName(id) }));
  if (tabs.length === 0) return <NotYours session={session} />;
  const tab = tabOf(tabs);
  const onChanged = () => setChanged((n) => n + 1);
  return (
    <>
      <Tabs tabs={tabs} current={tab} label={titleOf('/county')} />
      {maySomewhere(session, 'ManageSchools') && <Beginning tab={tab} changed={changed} />}
      {tab === 'today' && <TodayBoard session={session} />}
      {tab === 'statistics' && <Statistics />}
      {tab === 'alliances' && <Alliances session={session} onChanged={onChanged} />}
      {tab === 'schools' && <Schools session={session} onChanged={onChanged} />}
      {tab === 'regions' && <Regions session={session} onChanged={onChanged} />}
      {tab === 'terms' && <Terms session={session} onChanged={onChanged} />}
      {tab === 'people' && <People session={session} />}
      {tab === 'webhooks' && <Webhooks session={session} />}
      {tab === 'audit' && <Audit />}
    </>
  );
}
