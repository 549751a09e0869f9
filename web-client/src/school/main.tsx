import { Shell, titleOf } from '../office/Shell';
import { mount } from '../ui/mount';
import '../attendance/record.css';
import '../office/forms.css';
import '../office/office.css';
import { SchoolPage } from './SchoolPage';
import './school.css';

mount(() => titleOf('/school'), <Shell page="/school">{(session) => <SchoolPage session={session} />}</Shell>);
