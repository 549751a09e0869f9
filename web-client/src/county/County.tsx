import { useState } from 'preact/hooks';
import type { SessionView } from '../generated/api';
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

const TABS = ['today', 'statistics', 'regions', 'schools', 'alliances', 'terms', 'people', 'webhooks', 'audit'] as const;

function tabName(id: (typeof TABS)[number]): string {
  if (id === 'people' || id === 'audit') return p(`tab.${id}`);
  if (id === 'regions') return g('tab.regions');
  return id === 'webhooks' ? h('tab.webhooks') : w(`tab.${id}`);
}

export function County({ session }: { session: SessionView }) {
  const tabs = TABS.map((id) => ({ id, name: tabName(id) }));
  const tab = tabOf(tabs);
  const [changed, setChanged] = useState(0);
  const onChanged = () => setChanged((n) => n + 1);
  return (
    <>
      <Tabs tabs={tabs} current={tab} label={w('tabs.label')} />
      <Beginning tab={tab} changed={changed} />
      {tab === 'today' && <TodayBoard />}
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
