// Which role may what: the table of the service's `access/mod.rs`, which a unit test compares with this one.
import type { PersonRole } from '../generated/api';

/** What the table gives or refuses. */
export const ACTIONS = [
  'ReadRegister',
  'ManageRegions',
  'ManageSchools',
  'ManageClassrooms',
  'ManageAlliances',
  'ManagePairings',
  'ManageTerms',
  'ReadPeople',
  'ReadAssistants',
  'ManagePeople',
  'ReadDevices',
  'ManageDevices',
  'ReadTimetable',
  'ManageTimetable',
  'JoinOwnLessons',
  'CountPupils',
  'ObserveLessons',
  'WatchLessons',
  'ManageLive',
  'ReadStatistics',
  'ReadAudit',
  'ManageWebhooks',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What each role may, within its scope. */
export const TABLE: Readonly<Record<PersonRole, readonly Action[]>> = {
  teacher: ['ReadRegister', 'ReadTimetable', 'JoinOwnLessons'],
  assistant: ['ReadRegister', 'ReadTimetable', 'JoinOwnLessons', 'CountPupils'],
  observer: ['ReadRegister', 'ReadTimetable', 'ObserveLessons'],
  inspector: ['ReadRegister', 'ReadTimetable', 'ObserveLessons', 'ReadStatistics'],
  library_editor: ['ReadRegister', 'ReadTimetable'],
  school_admin: [
    'ReadRegister',
    'ManageClassrooms',
    'ManagePairings',
    'ReadPeople',
    'ReadAssistants',
    'ManagePeople',
    'ReadDevices',
    'ManageDevices',
    'ReadTimetable',
    'ManageTimetable',
    'CountPupils',
    'ObserveLessons',
    'WatchLessons',
    'ManageLive',
    'ReadStatistics',
  ],
  alliance_admin: [
    'ReadRegister',
    'ManageAlliances',
    'ManagePairings',
    'ReadPeople',
    'ReadAssistants',
    'ReadDevices',
    'ReadTimetable',
    'ManageTimetable',
    'ObserveLessons',
    'ReadStatistics',
  ],
  county_operator: [
    'ReadRegister',
    'ManageRegions',
    'ManageSchools',
    'ManageClassrooms',
    'ManageAlliances',
    'ManagePairings',
    'ManageTerms',
    'ReadPeople',
    'ReadAssistants',
    'ManagePeople',
    'ReadDevices',
    'ManageDevices',
    'ReadTimetable',
    'ManageTimetable',
    'CountPupils',
    'ObserveLessons',
    'WatchLessons',
    'ManageLive',
    'ReadStatistics',
    'ReadAudit',
    'ManageWebhooks',
  ],
};

/** Whether a role may do it, within its scope. */
export function permits(role: PersonRole, action: Action): boolean {
  return TABLE[role].includes(action);
}

/** Whether the role holds only in a session that proved a second factor. */
export function needsSecondFactor(role: PersonRole): boolean {
  return role === 'school_admin' || role === 'alliance_admin' || role === 'county_operator';
}

const RANKS: Readonly<Record<PersonRole, number>> = {
  teacher: 0,
  assistant: 0,
  observer: 0,
  library_editor: 0,
  inspector: 1,
  school_admin: 2,
  alliance_admin: 3,
  county_operator: 4,
};

/** Who stands above whom; county operators also give and take what is their own. */
export function isAbove(mine: PersonRole, other: PersonRole): boolean {
  return RANKS[mine] > RANKS[other] || (mine === 'county_operator' && other === 'county_operator');
}
