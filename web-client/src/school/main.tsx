import { Shell } from '../office/Shell';
import { mount } from '../ui/mount';
import '../attendance/record.css';
import '../office/forms.css';
import '../office/office.css';
import { SchoolPage } from './SchoolPage';
import './school.css';
import { w } from './words';

mount(() => w('title'), <Shell page="/school">{(session) => <SchoolPage session={session} />}</Shell>);
