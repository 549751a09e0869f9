import { Shell } from '../office/Shell';
import { mount } from '../ui/mount';
import '../attendance/record.css';
import '../office/forms.css';
import '../office/office.css';
import { County } from './County';
import './county.css';
import { w } from './words';

mount(() => w('title'), <Shell page="/county">{(session) => <County session={session} />}</Shell>);
