import { Lesson } from '../lesson';
import { LessonProvider } from '../ui/context';
import { mount } from '../ui/mount';
import { App } from './App';
import './panel.css';

const lesson = new Lesson('panel');
mount(
  'title.panel',
  <LessonProvider value={lesson}>
    <App />
  </LessonProvider>,
);
if (lesson.credentials.token() !== null) void lesson.capture.open();
// The class watches even where camera and microphone are missing, so joining does not wait for them.
lesson.enter();
