import { mount } from '../ui/mount';
import '../office/office.css';
import { App } from './App';
import './signin.css';
import { w } from './words';

mount(() => w('title'), <App />);
