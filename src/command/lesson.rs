//! `tongke lesson`.

use super::data::Data;
use crate::failure::Failure;
use crate::node;
use signaling::store::NewLesson;

#[derive(clap::Subcommand)]
pub(super) enum Lesson {
    /// Makes a lesson that is open now; also while a server runs on the same data.
    Create(Create),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// Its id, as in tokens and addresses: 1 to 64 of A-Z a-z 0-9 _ -
    #[arg(long)]
    id: String,
    /// Its title on screen, 1 to 200 characters.
    #[arg(long)]
    title: String,
    #[command(flatten)]
    data: Data,
}

impl Lesson {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let Lesson::Create(create) = self;
        node::runtime()?.block_on(async {
            let store = create.data.existing_store().await?;
            let made = store.create_lesson(&NewLesson::open_now(&create.id, &create.title)).await;
            store.close().await;
            made.map_err(Failure::room("making the lesson"))?;
            println!("{}", create.id);
            Ok(())
        })
    }
}
