//! The house through the library, on a stage and a clock that we set.

use std::sync::{Arc, OnceLock};

use guichet::clock::Clock;
use guichet::config::{Config, Current, Source};
use guichet::core::entry::Body;
use guichet::courier::Courier;
use guichet::daemon::{mailbox_name, open_post};
use guichet::health::Health;
use guichet::house::House;
use guichet::live::{Live, Rules};
use guichet::register::{LetterKind, LetterPhase, OutboxFilter, OutboxRow, Query as _, Register};
use guichet::render::Renderer;
use guichet::smtp::Carrier;
use jiff::Timestamp;

use crate::stage::Stage;

/// A house on a stage with a clock that we set.
pub struct Play {
    pub house: House,
    source: Source,
    carrier: Carrier,
}

impl Play {
    pub fn open(stage: &Stage, at: Timestamp) -> Play {
        let config = Config::load(&stage.config()).unwrap();
        let current = Current::load(&config).unwrap();
        let source = config.source.clone().unwrap();
        let transport = config.transport.clone().unwrap();
        let (register, _) = Register::open(&config.state, at).unwrap();
        let house = House {
            mailbox: mailbox_name(&source),
            urgent: Default::default(),
            health: Arc::new(Health::new(&config.state)),
            register,
            clock: Clock::stepped(at),
            live: Live::new(Rules {
                catalogue: current.loaded.catalogue,
                members: current.members,
                renderer: renderer(),
                config,
            }),
        };
        Play {
            house,
            source,
            carrier: Carrier::new(&transport),
        }
    }

    /// Everything that is to be done at an instant.
    pub async fn at(&mut self, at: Timestamp) {
        self.house.clock.step_to(at);
        let mut post = open_post(&self.source);
        self.house.take_up_catalogue().await.unwrap();
        self.house.turn(&mut post).await.unwrap();
        let courier = Courier {
            live: &self.house.live,
            register: &self.house.register,
            clock: &self.house.clock,
            unrecorded: Default::default(),
        };
        courier.drain(&mut self.carrier, &mut post).await.unwrap();
    }

    /// Lets time pass up to an instant, doing each letter and digest when it is due.
    pub async fn until(&mut self, end: Timestamp) {
        loop {
            let letter = self.house.register.next_letter_at().unwrap();
            let other = self.house.next_due_at().unwrap();
            match [letter, other].into_iter().flatten().min() {
                Some(due) if due <= end => self.at(due).await,
                _ => break,
            }
        }
        self.house.clock.step_to(end);
    }

    pub fn phase(&self, phase: LetterPhase) -> usize {
        let filter = OutboxFilter::In(phase);
        let rows = self.house.register.outbox(filter).unwrap();
        let to_people = |row: &&OutboxRow| row.kind == LetterKind::Reply;
        rows.iter().filter(to_people).count()
    }

    pub fn close(self) {
        self.house.register.close().unwrap();
    }
}

/// The shipped templates, read once.
fn renderer() -> Arc<Renderer> {
    static RENDERER: OnceLock<Arc<Renderer>> = OnceLock::new();
    RENDERER
        .get_or_init(|| Arc::new(Renderer::new(None).unwrap()))
        .clone()
}

/// How many notices of a code were recorded.
pub fn notices_of(play: &Play, code: &str) -> usize {
    let entries = play.house.register.entries(0).map(Result::unwrap);
    entries
        .filter(|entry| matches!(&entry.body, Body::Noticed { code: told, .. } if told == code))
        .count()
}
