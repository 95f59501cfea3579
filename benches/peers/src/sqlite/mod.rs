//! SQLite, as fast as it goes with the same promise: in memory, every statement prepared once, one
//! transaction a batch that can be rolled back, which takes the journal in memory that is its default.
//!
//! One row a lead and one column a property; times are Unix seconds, a list of tags is one text. The
//! eleven indexes are over single columns, the cheapest to keep: one for each property that a class
//! sorts by or looks up.

mod questions;
mod rows;

use crate::load::{COUNTRY, Write};
use crate::peer::{Answer, Outcome, Peer, Person};
use lead_index::sample::{self, QueryClass, SEED};
use lead_index::{DateTime, Presence};
use questions::Question;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, params, params_from_iter};

/// Seconds for which a heartbeat counts.
const HEARTBEAT: i64 = 120;

const EVENT: &str = "UPDATE leads SET
    event_18_first = min(coalesce(event_18_first, ?2), ?2),
    event_18_last = max(coalesce(event_18_last, ?2), ?2),
    event_18_count = coalesce(event_18_count, 0) + 1,
    last_seen = max(coalesce(last_seen, ?2), ?2)
    WHERE id = ?1";
const PLAN: &str = "UPDATE leads SET plan = ?2 WHERE id = ?1";
const SESSION: &str = "UPDATE leads SET
    sessions = coalesce(sessions, 0) + 1,
    last_seen = max(coalesce(last_seen, ?2), ?2)
    WHERE id = ?1";
const ALIVE: &str = "UPDATE leads SET
    online_at = max(coalesce(online_at, ?2), ?2),
    last_seen = max(coalesce(last_seen, ?2), ?2)
    WHERE id = ?1";
const VISITOR: &str = "INSERT INTO leads (id, is_lead, created, last_seen, sessions, country)
    VALUES (?1, 0, ?2, ?2, 1, ?3)
    ON CONFLICT (id) DO UPDATE SET
    sessions = coalesce(sessions, 0) + 1,
    last_seen = max(coalesce(last_seen, ?2), ?2),
    country = ?3";

pub(crate) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// The first `count` leads of the sample.
    pub(crate) fn new(count: u64) -> Outcome<Self> {
        let mut connection = Connection::open_in_memory()?;
        // A batch of the engine leaves nothing if it fails, so that of the peer must not either; but
        // nobody waits for a disk.
        connection
            .execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(rows::TABLE)?;
        rows::fill(&mut connection, sample::leads(count, SEED))?;
        connection.execute_batch(rows::INDEXES)?;
        connection.execute_batch("ANALYZE")?;
        Ok(Self { connection })
    }
}

/// The statements of the writes.
struct Statements<'t> {
    event: CachedStatement<'t>,
    plan: CachedStatement<'t>,
    session: CachedStatement<'t>,
    alive: CachedStatement<'t>,
    visitor: CachedStatement<'t>,
}

impl<'t> Statements<'t> {
    fn new(transaction: &'t Transaction<'_>) -> Outcome<Self> {
        Ok(Self {
            event: transaction.prepare_cached(EVENT)?,
            plan: transaction.prepare_cached(PLAN)?,
            session: transaction.prepare_cached(SESSION)?,
            alive: transaction.prepare_cached(ALIVE)?,
            visitor: transaction.prepare_cached(VISITOR)?,
        })
    }

    fn run(&mut self, write: Write) -> Outcome<()> {
        let id = key(write.id());
        let rows = match write {
            Write::Event { at, .. } => self.event.execute(params![id, at.unix()])?,
            Write::Plan { plan, .. } => self.plan.execute(params![id, plan])?,
            Write::Session { at, .. } => self.session.execute(params![id, at.unix()])?,
            Write::Alive { at, .. } => self.alive.execute(params![id, at.unix()])?,
            Write::Visitor { at, .. } => self.visitor.execute(params![id, at.unix(), COUNTRY])?,
        };
        if rows == 1 { Ok(()) } else { Err(format!("{write:?} changed {rows} rows").into()) }
    }
}

/// An id as SQLite takes it.
fn key(id: u64) -> i64 {
    id.cast_signed()
}

impl Peer for Sqlite {
    fn name(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }

    fn write(&mut self, writes: &[Write], _now: DateTime) -> Outcome<()> {
        let transaction = self.connection.transaction()?;
        let mut statements = Statements::new(&transaction)?;
        for write in writes {
            statements.run(*write)?;
        }
        drop(statements);
        Ok(transaction.commit()?)
    }

    fn answer(&mut self, class: &QueryClass, now: DateTime) -> Outcome<Answer> {
        let question = Question::new(class, now)?;
        let mut total = self.connection.prepare_cached(&question.total())?;
        let total: i64 = total.query_row(params_from_iter(&question.values), |row| row.get(0))?;
        let mut page = self.connection.prepare_cached(&question.page())?;
        let ids = page.query_map(params_from_iter(&question.values), |row| row.get(0))?;
        let ids: Vec<i64> = ids.collect::<Result<_, _>>()?;
        Ok(Answer { total: total.cast_unsigned(), ids: ids.into_iter().map(i64::cast_unsigned).collect() })
    }

    fn person(&mut self, id: u64, now: DateTime) -> Outcome<Option<Person>> {
        let mut person = self.connection.prepare_cached(
            "SELECT created, last_seen, sessions, country, plan, event_18_first, event_18_last, event_18_count,
             coalesce(online_at > ?2, 0) FROM leads WHERE id = ?1",
        )?;
        let person = person.query_row(params![key(id), now.unix() - HEARTBEAT], |row| {
            Ok(Person {
                created: row.get(0)?,
                last_seen: row.get(1)?,
                sessions: row.get(2)?,
                country: row.get(3)?,
                plan: row.get(4)?,
                event_first: row.get(5)?,
                event_last: row.get(6)?,
                event_count: row.get(7)?,
                presence: if row.get(8)? { Presence::Online } else { Presence::Offline },
            })
        });
        Ok(person.optional()?)
    }

    fn len(&mut self) -> Outcome<u64> {
        let rows: i64 = self.connection.query_row("SELECT count(*) FROM leads", [], |row| row.get(0))?;
        Ok(rows.cast_unsigned())
    }
}
