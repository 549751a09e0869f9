import { Shell, titleOf } from '../office/Shell';
import { mount } from '../ui/mount';
import '../attendance/record.css';
import '../office/forms.css';
import '../office/office.css';
import { Teacher } from './Teacher';
import './teacher.css';

mount(() => titleOf('/teacher'), <Shell page="/teacher">{(session) => <Teacher session={session} />}</Shell>);
