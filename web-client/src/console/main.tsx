import { Lesson } from '../lesson';
import { LessonProvider } from '../ui/context';
import { mount } from '../ui/mount';
import { App } from './App';
import './console.css';

const lesson = new Lesson('console');
mount(
  'title.console',
  <LessonProvider value={lesson}>
    <App />
  </LessonProvider>,
);
