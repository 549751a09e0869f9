import { Shell, titleOf } from '../office/Shell';
import { mount } from '../ui/mount';
import '../attendance/record.css';
import '../office/forms.css';
import '../office/office.css';
import { County } from './County';
import './county.css';

mount(() => titleOf('/county'), <Shell page="/county">{(session) => <County session={session} />}</Shell>);
