import type { SessionView } from '../generated/api';
import { Tabs, tabOf } from '../office/tabs';
import { Alliances } from './Alliances';
import { Audit } from './Audit';
import { People } from './People';
import { Schools } from './Schools';
import { Statistics } from './Statistics';
import { Terms } from './Terms';
import { TodayBoard } from './TodayBoard';
import { Webhooks } from './Webhooks';
import { w } from './words';
import { h } from './words-hooks';
import { p } from './words-people';

const TABS = ['today', 'statistics', 'alliances', 'schools', 'terms', 'people', 'webhooks', 'audit'] as const;

function tabName(id: (typeof TABS)[number]): string {
  if (id === 'people' || id === 'audit') return p(`tab.${id}`);
  return id === 'webhooks' ? h('tab.webhooks') : w(`tab.${id}`);
}

export function County({ session }: { session: SessionView }) {
  const tabs = TABS.map((id) => ({ id, name: tabName(id) }));
  const tab = tabOf(tabs);
  return (
    <>
      <Tabs tabs={tabs} current={tab} label={w('tabs.label')} />
      {tab === 'today' && <TodayBoard />}
      {tab === 'statistics' && <Statistics />}
      {tab === 'alliances' && <Alliances />}
      {tab === 'schools' && <Schools />}
      {tab === 'terms' && <Terms />}
      {tab === 'people' && <People session={session} />}
      {tab === 'webhooks' && <Webhooks session={session} />}
      {tab === 'audit' && <Audit />}
    </>
  );
}
