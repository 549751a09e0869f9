import { Tabs, tabOf } from '../office/tabs';
import { Alliances } from './Alliances';
import { Schools } from './Schools';
import { Statistics } from './Statistics';
import { Terms } from './Terms';
import { TodayBoard } from './TodayBoard';
import { w } from './words';

const TABS = ['today', 'statistics', 'alliances', 'schools', 'terms'] as const;

export function County() {
  const tabs = TABS.map((id) => ({ id, name: w(`tab.${id}`) }));
  const tab = tabOf(tabs);
  return (
    <>
      <Tabs tabs={tabs} current={tab} label={w('tabs.label')} />
      {tab === 'today' && <TodayBoard />}
      {tab === 'statistics' && <Statistics />}
      {tab === 'alliances' && <Alliances />}
      {tab === 'schools' && <Schools />}
      {tab === 'terms' && <Terms />}
    </>
  );
}
