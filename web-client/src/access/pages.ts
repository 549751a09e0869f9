// Which pages, and which parts of them, what a person may do opens. Pure.
import type { GrantView } from '../generated/api';
import { type Geography, holding, may, maySomewhere, type Who } from './access';
import { type Action, permits } from './table';

/** The pages for people. */
export type Home = '/teacher' | '/school' | '/county';

/** Of more than a school. */
const isWide = ({ scope }: GrantView) => scope === 'region' || scope === 'alliance' || scope === 'everything';

/** Whether a page is for the person: a school's for who looks into the lessons of a school, the county's for who does so in several. */
export function opens(who: Who, home: Home): boolean {
  const looks = holding(who).filter(({ role }) => permits(role, 'ObserveLessons'));
  return home === '/teacher' || looks.some((grant) => isWide(grant) || (home === '/school' && grant.scope === 'school'));
}

const HOMES: readonly Home[] = ['/county', '/school', '/teacher'];

/** The pages that are for the person, the most far-reaching first; everybody has lessons of their own. */
export function homesOf(who: Who): Home[] {
  return HOMES.filter((home) => opens(who, home));
}

/** The page to begin with. */
export function homeOf(who: Who): Home {
  return homesOf(who)[0] as Home;
}

/** What a page is to the person, and is called by: the county's board, an alliance's, of those who go round; a school that is administered or looked at. */
export type PageName = 'teacher' | 'school' | 'school_read' | 'county' | 'alliance' | 'rounds';

export function pageName(who: Who, home: Home): PageName {
  if (home === '/teacher') return 'teacher';
  if (home === '/school') return maySomewhere(who, 'ManageTimetable') ? 'school' : 'school_read';
  if (maySomewhere(who, 'ManageSchools')) return 'county';
  return maySomewhere(who, 'ManageAlliances') ? 'alliance' : 'rounds';
}

const COUNTY = {
  today: 'ObserveLessons',
  statistics: 'ReadStatistics',
  regions: 'ManageRegions',
  schools: 'ManageSchools',
  alliances: 'ReadRegister',
  terms: 'ManageTerms',
  people: 'ManagePeople',
  webhooks: 'ManageWebhooks',
  audit: 'ReadAudit',
} satisfies Record<string, Action>;
export type CountyTab = keyof typeof COUNTY;

/** The parts of the county's page that the person sees; none: it is not for them. */
export function countyTabs(who: Who): CountyTab[] {
  if (!opens(who, '/county')) return [];
  const wide = holding(who).filter(isWide);
  return (Object.keys(COUNTY) as CountyTab[]).filter((tab) => wide.some(({ role }) => permits(role, COUNTY[tab])));
}

const SCHOOL = {
  timetable: 'ReadTimetable',
  entries: 'ReadTimetable',
  rooms: 'ReadRegister',
  people: 'ReadPeople',
  devices: 'ReadDevices',
  pairings: 'ReadRegister',
  bells: 'ReadRegister',
  statistics: 'ReadStatistics',
  exchange: 'ReadTimetable',
} satisfies Record<string, Action>;
export type SchoolTab = keyof typeof SCHOOL;

/** The parts of a school's page that the person sees. A school that is seen at all is one whose register is: the service tells it to its partners too. */
export function schoolTabs(who: Who, school: string, geography: Geography): SchoolTab[] {
  const there = (action: Action) => action === 'ReadRegister' || may(who, action, { kind: 'school', id: school }, geography);
  return (Object.keys(SCHOOL) as SchoolTab[]).filter((tab) => there(SCHOOL[tab]));
}

/** What changes a school, on its page. */
const CHANGES: readonly Action[] = ['ManageClassrooms', 'ManagePeople', 'ManageDevices', 'ManagePairings', 'ManageTimetable'];

/** Whether the person only looks at the school. */
export function onlyReads(who: Who, school: string, geography: Geography): boolean {
  return !CHANGES.some((action) => may(who, action, { kind: 'school', id: school }, geography));
}

/** Which of the schools that are seen the page offers: those whose lessons are looked into. */
export function ownSchools<S extends { id: string }>(who: Who, seen: readonly S[], geography: Geography): S[] {
  return seen.filter(({ id }) => may(who, 'ObserveLessons', { kind: 'school', id }, geography));
}
