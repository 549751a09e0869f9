import { mount } from '../ui/mount';
import './panel.css';
import './heads.css';
import './kiosk.css';
import { Root } from './Root';

mount('title.panel', <Root />);
