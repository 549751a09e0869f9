//! A connection that is closed when nothing moves on it: whoever opens connections and says nothing must not keep others out.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Until the first byte comes.
const FIRST: Duration = Duration::from_secs(10);

/// Between bytes, whichever way they go. A WebSocket is pinged more often; a page asks on a connection of its own later.
const IDLE: Duration = Duration::from_secs(60);

/// A stream that fails with [`ErrorKind::TimedOut`] once nothing moved for too long.
pub(crate) struct Patient<S> {
    stream: S,
    /// Put forward only when it is over: most connections move all the time.
    timer: Pin<Box<Sleep>>,
    moved: Option<Instant>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, timer: Box::pin(sleep(FIRST)), moved: None }
    }

    /// What the stream said, or that it waited for too long.
    fn watched<T>(&mut self, said: Poll<Result<T>>, context: &mut Context<'_>) -> Poll<Result<T>> {
        if said.is_ready() {
            self.moved = Some(Instant::now());
            return said;
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            let until = self.moved.map_or(self.timer.deadline(), |moved| moved + IDLE);
            if until <= Instant::now() {
                return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "nothing moved on the connection for too long")));
            }
            self.timer.as_mut().reset(until);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let said = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.watched(said, context)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(said, context)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.watched(said, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_is_closed() {
        let (_far, near) = duplex(64);
        let begun = Instant::now();
        assert_eq!(Patient::new(near).read_u8().await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), FIRST.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_moves_either_way_is_kept_until_it_stops() {
        let (mut far, near) = duplex(64);
        let mut near = Patient::new(near);
        for _ in 0..5 {
            sleep(FIRST - Duration::from_secs(1)).await;
            far.write_u8(1).await.unwrap();
            near.read_u8().await.unwrap();
        }
        for _ in 0..5 {
            // Nothing is read for longer than the limit, but something is written.
            assert!(tokio::time::timeout(IDLE - Duration::from_secs(1), near.read_u8()).await.is_err());
            near.write_u8(2).await.unwrap();
        }
        let begun = Instant::now();
        assert_eq!(near.read_u8().await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn one_whose_far_end_reads_nothing_is_closed() {
        let (_far, near) = duplex(8);
        assert_eq!(Patient::new(near).write_all(&[0; 64]).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
