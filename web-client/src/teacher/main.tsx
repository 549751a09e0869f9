import { Shell } from '../office/Shell';
import { mount } from '../ui/mount';
import '../attendance/record.css';
import '../office/forms.css';
import '../office/office.css';
import { Teacher } from './Teacher';
import './teacher.css';
import { w } from './words';

mount(() => w('title'), <Shell page="/teacher">{(session) => <Teacher session={session} />}</Shell>);
