//! Calls from inside other calls: a write in a write is an error at once, a question in a write sees
//! the state before it.

use std::io;
use std::sync::mpsc::channel;
use std::thread;

use lead_index::{Batch, Change, Error, Filter, JsonLines, LeadIndex, Order, Query, Snapshot};

use crate::{index_of, lead, sound, watched};

const LEADS: u64 = 100;

fn lines() -> JsonLines {
    JsonLines::from_reader(io::Cursor::new(b"{\"id\":7,\"props\":{\"lost\":1,\"$email\":\"a@b.c\"}}\n".to_vec()))
}

fn code<T>(result: Result<T, Error>) -> &'static str {
    result.map(|_| "done").unwrap_or_else(|error| error.code())
}

/// What every call that writes says.
fn all_writes(index: &LeadIndex) -> Vec<&'static str> {
    let live = index.live(1).expect("a live filter that is kept");
    vec![
        code(index.apply(1, [Change::set("lost", 1)])),
        code(index.batch(|_| Ok(()))),
        code(index.insert(lead(5_000))),
        code(index.upsert(lead(5))),
        code(index.remove(1)),
        code(index.import(lines())),
        code(index.compact()),
        code(index.drop_order("n")),
        code(index.tick()),
        code(index.keep(Filter::known("lost"))),
        code(index.keep_as("named", Filter::known("lost"))),
        code(index.drop_live(1)),
        code(live.listen(4)),
        code(index.lead_filter().listen(4)),
        code(index.clone().remove(2)),
    ]
}

/// An index with numbers and one live filter over them.
fn numbered() -> LeadIndex {
    let index = index_of(LEADS);
    let number = |batch: &mut Batch<'_>| {
        (1..=LEADS).try_for_each(|id| batch.apply(id, [Change::set("n", id.cast_signed())]).map(|_| ()))
    };
    index.batch(number).expect("leads that are held");
    index.keep(Filter::gt("n", 50)).expect("a legal filter");
    index.prepare_order("n");
    index
}

/// Every kind of question, which must find the state that `numbered` left.
fn asks_all(index: &LeadIndex, older: &Snapshot) {
    let version = older.version();
    let query = Query::new().sort_by("n", Order::Desc).limit(5);
    let page = index.query(&query).expect("a legal question");
    assert_eq!((page.total(), page.version(), page.ids()), (LEADS, version, vec![100, 99, 98, 97, 96]));
    let cursor = page.next_cursor().expect("more than a page");
    assert_eq!(older.resume(&query, &cursor).expect("the same version").ids(), [95, 94, 93, 92, 91]);
    assert_eq!(index.snapshot().resume(&query, &cursor).expect("the same version").ids(), [95, 94, 93, 92, 91]);
    assert_eq!(index.count(&Filter::segment(1)).expect("kept"), 50);
    let live = index.live(1).expect("kept");
    assert_eq!((live.total().expect("kept"), live.contains(100).expect("kept")), (50, true));
    assert_eq!(live.query(&query).expect("kept").total(), 50);
    assert_eq!(index.export(&Filter::all([]), "$email", Order::Asc).expect("legal").count() as u64, LEADS);
    assert_eq!((index.len(), index.lead_count(), index.version()), (LEADS, LEADS, version));
    assert_eq!(index.active(0, 5).expect("legal").total(), 0);
    assert!(index.get(1).is_some() && index.get_by_user_id("nobody").is_none() && index.events().is_empty());
    assert!(index.properties().iter().all(|info| info.name != "lost") && index.memory().total() > 0);
    assert!(index.explain(&query).expect("legal").total() == LEADS && index.snapshot().pinned_bytes() == 0);
    // Orders are built by readers, so in a batch too.
    assert!(index.prepare_order("$email") || index.prepare_order("n"));
    sound(index);
}

#[test]
fn a_write_in_a_write_is_an_error_and_a_question_in_a_write_sees_the_older_state() {
    watched(|| {
        let index = numbered();
        let older = index.snapshot();
        let refused = index.batch(|batch| {
            batch.remove(3)?;
            batch.apply(4, [Change::set("n", 1_000), Change::set("lost", 1)])?;
            asks_all(&index, &older);
            let refused = all_writes(&index);
            asks_all(&index, &older);
            batch.insert(lead(3))?;
            Ok(refused)
        });
        assert!(refused.expect("the batch itself is sound").into_iter().all(|code| code == "recursive_write"));
        assert_eq!(index.version(), older.version() + 1);
        // From an iterator of changes, which runs inside the call.
        let mut refused = Vec::new();
        let older = index.snapshot();
        let changes = (0..2).map(|n| {
            refused.extend(all_writes(&index));
            assert_eq!(index.version(), older.version());
            Change::set("n", n)
        });
        index.apply(9, changes).expect("a lead that is held");
        assert_eq!(refused.len(), 30);
        assert!(refused.into_iter().all(|code| code == "recursive_write"));
        // And once outside, each does its work: no turn is left taken.
        assert!(!all_writes(&index).contains(&"recursive_write"));
        sound(&index);
    });
}

#[test]
fn what_looks_on_at_an_import_may_ask_and_may_not_write() {
    watched(|| {
        let index = numbered();
        let (told, tell) = channel();
        let (asking, version) = (index.clone(), index.version());
        let report = index.import(lines().on_progress(move |_| {
            assert_eq!((asking.version(), asking.count(&Filter::known("lost")).expect("legal")), (version, 0));
            told.send(all_writes(&asking)).expect("somebody listens");
        }));
        assert_eq!(report.expect("a legal source").accepted, 1);
        let refused: Vec<&str> = tell.iter().flatten().collect();
        assert!(!refused.is_empty() && refused.into_iter().all(|code| code == "recursive_write"));
        assert_eq!(index.count(&Filter::known("lost")).expect("a legal filter"), 1);
    });
}

/// A source that asks the index, on the thread that reads.
struct Asking(LeadIndex, io::Cursor<Vec<u8>>);

impl io::Read for Asking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert_eq!(self.0.count(&Filter::known("lost")).expect("a legal filter"), 0);
        self.1.read(buffer)
    }
}

#[test]
fn the_source_of_an_import_may_ask_the_index() {
    watched(|| {
        let index = numbered();
        let lines: String = (1..=200).map(|id| format!("{{\"id\":{id},\"props\":{{\"lost\":1}}}}\n")).collect();
        let report = index.import(JsonLines::from_reader(Asking(index.clone(), io::Cursor::new(lines.into_bytes()))));
        assert_eq!(report.expect("a legal source").accepted, 200);
    });
}

#[test]
fn a_write_in_the_middle_of_reading_is_none_of_the_readers_business() {
    watched(|| {
        let index = numbered();
        let page = index.query(&Query::new().sort_by("n", Order::Asc).limit(LEADS)).expect("a legal question");
        for (lead, id) in page.leads().zip(1..) {
            index.remove(lead.id()).expect("a lead that is held");
            assert_eq!((lead.id(), lead.get("n").map(|n| n.to_string())), (id, Some(id.to_string())));
        }
        assert_eq!(index.len(), 0);
        let index = numbered();
        for lead in index.export(&Filter::all([]), "n", Order::Desc).expect("a legal question") {
            index.upsert(lead.with("n", -1)).expect("a legal lead");
        }
        assert_eq!(index.count(&Filter::eq("n", -1)).expect("a legal filter"), LEADS);
        sound(&index);
    });
}

#[test]
fn batches_of_different_indexes_nest() {
    watched(|| {
        let (outer, inner) = (numbered(), numbered());
        let writers = 3;
        thread::scope(|scope| {
            for _ in 0..writers {
                // All of them nest the same way round.
                scope.spawn(|| {
                    for _ in 0..200 {
                        let written = outer.batch(|batch| {
                            batch.apply(1, [Change::add("moved", -1)])?;
                            inner.apply(1, [Change::add("moved", 1)])?;
                            assert_eq!(code(outer.tick()), "recursive_write");
                            inner.batch(|other| other.apply(2, [Change::add("moved", 1)]).map(|_| ()))
                        });
                        written.expect("a batch in a batch");
                    }
                });
            }
        });
        let moved = |index: &LeadIndex, id| index.get(id).and_then(|lead| lead.props.get("moved").cloned());
        assert_eq!(moved(&outer, 1), Some((-200 * writers).into()));
        assert_eq!((moved(&inner, 1), moved(&inner, 2)), (Some((200 * writers).into()), Some((200 * writers).into())));
        // What the inner one published stays, whatever becomes of the outer one.
        let given_up: Result<(), Error> = outer.batch(|_| {
            inner.apply(1, [Change::add("moved", 1)])?;
            Err(Error::aborted("given up"))
        });
        assert_eq!(code(given_up), "aborted");
        assert_eq!(moved(&inner, 1), Some((200 * writers + 1).into()));
    });
}
