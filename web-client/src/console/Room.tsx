import { useLesson } from '../ui/context';
import { Notice } from '../ui/Notice';
import { Sound } from '../ui/Sound';
import { Controls } from './Controls';
import { Grid } from './Grid';
import { Header } from './Header';
import { LinkBanner } from './LinkBanner';
import { OwnColumn } from './OwnColumn';
import { SideColumn } from './SideColumn';

/** The lesson as the teacher runs it. */
export function Room() {
  const lesson = useLesson();
  return (
    <div class="room" data-test="room" data-lesson={lesson.session.value.lesson?.state ?? ''}>
      <Header />
      <LinkBanner />
      <div class="room-body">
        <OwnColumn />
        <Grid />
        <SideColumn />
      </div>
      <Controls />
      <Notice />
      <Sound />
    </div>
  );
}
