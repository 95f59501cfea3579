//! Many changes as one: all visible at once, or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lead_index::{Applied, Batch, Change, Error, ErrorKind, Filter, Lead, LeadIndex, Target};

use crate::{code, index_of, value};

/// A small index that keeps nothing at hand for the next write, which a failed one would use up.
fn index() -> LeadIndex {
    let index = index_of([Lead::new(1).with("p", 1), Lead::new(2).with_user_id("bob")]);
    index.compact().expect("nobody writes");
    index
}

/// Everything that can be asked of a small index.
fn everything(index: &LeadIndex) -> impl PartialEq + std::fmt::Debug + use<> {
    let leads: Vec<_> = (0..20).map(|id| index.get(id)).collect();
    (leads, index.version(), index.len(), index.lead_count(), index.events(), index.properties(), index.memory())
}

/// Writes of every kind.
fn write_all(batch: &mut Batch<'_>) -> Result<(), Error> {
    batch.apply(1, [Change::set("p", 2), Change::set("new name", 1), Change::event("new event")])?;
    batch.apply(Target::IdOrNew(9), [Change::set("$name", "Ann")])?;
    batch.apply(Target::UserIdOrNew("eve".into()), [Change::WebPush(true)])?;
    batch.insert(Lead::new(11).with("newer name", 1))?;
    batch.upsert(Lead::new(1).with("p", 3))?;
    batch.apply(9, [Change::merge(11)])?;
    batch.remove(2)?;
    Ok(())
}

#[test]
fn a_batch_is_one_publication() {
    let index = index();
    let version = index.version();
    let inside = index.batch(|batch| {
        write_all(batch)?;
        assert_eq!((index.version(), index.len(), index.get(9)), (version, 2, None), "nothing is visible before");
        Ok((batch.get(9), batch.get_by_user_id("eve"), batch.get(2), batch.get_by_user_id("bob")))
    });
    let inside = inside.expect("a batch");
    assert_eq!(index.version(), version + 1);
    assert_eq!(inside, (index.get(9), index.get_by_user_id("eve"), None, None));
    assert_eq!(index.get(9).expect("a lead").props["newer name"], 1.into());
    assert_eq!(index.get(1), Some(Lead::new(1).with("p", 3)));
    index.validate().expect("sound structures");
}

#[test]
fn many_writes_are_made_in_their_order_each_on_what_the_one_before_left() {
    let [one_by_one, together] = [index(), index()];
    // More than are looked at together; leads that come, change their User ID, merge and go among them.
    let writes: Vec<(Target, Vec<Change>)> = (0..50)
        .flat_map(|round: i64| {
            let (new, user_id) = (Target::IdOrNew(100), Target::UserIdOrNew("eve".into()));
            [
                (1.into(), vec![Change::Add { key: "p".into(), by: round }, Change::event("seen")]),
                (new, vec![Change::Session, Change::set("round", round)]),
                (user_id, vec![Change::UserId(Some(format!("eve {round}"))), Change::Session]),
                (Target::UserId(format!("eve {round}")), vec![Change::merge(100)]),
                (100.into(), vec![Change::Remove]),
                (Target::UserId("nobody".into()), vec![Change::Session]),
            ]
        })
        .collect();
    let mut expected = Vec::new();
    let done = one_by_one.batch(|batch| {
        expected.extend(writes.iter().map(|(target, changes)| batch.apply(target.clone(), changes.clone())));
        Ok(())
    });
    done.expect("a batch");
    let mut found = Vec::new();
    let done = together.batch(|batch| {
        batch.apply_each(writes, |applied| {
            found.push(applied.cloned());
            Ok(())
        })
    });
    done.expect("a batch");
    let told = |all: Vec<Result<Applied, Error>>| -> Vec<_> {
        all.into_iter().map(|applied| applied.map_err(|error| error.code())).collect()
    };
    assert_eq!(told(found), told(expected));
    assert_eq!(everything(&together), everything(&one_by_one));
    together.validate().expect("sound structures");
}

#[test]
fn many_writes_end_with_the_first_error_that_is_returned() {
    let index = index();
    let mut heard = 0;
    let writes = (0..40).map(|_| (1, [Change::Session]));
    let done = index.batch(|batch| {
        let ended = batch.apply_each(writes, |applied| {
            heard += 1;
            assert_eq!(applied?.affected, ["$sessions"]);
            if heard == 3 { Err(Error::aborted("enough")) } else { Ok(()) }
        });
        assert_eq!(ended.expect_err("the third write was enough").kind(), ErrorKind::Aborted);
        batch.apply_each(Vec::<(u64, Vec<Change>)>::new(), |_| unreachable!("nothing to hear"))
    });
    done.expect("the batch goes on");
    assert_eq!((heard, value(&index, 1, "$sessions")), (3, Some(3.into())));
}

#[test]
fn a_batch_that_fails_leaves_nothing() {
    let index = index();
    let before = everything(&index);
    let result: Result<(), Error> = index.batch(|batch| {
        write_all(batch)?;
        Err(Error::aborted("on second thoughts"))
    });
    assert_eq!(result.expect_err("given up").kind(), ErrorKind::Aborted);
    assert_eq!(everything(&index), before);
    index.validate().expect("sound structures");
}

#[test]
fn a_batch_that_panics_leaves_nothing_and_the_next_write_goes_on() {
    let index = index();
    let before = everything(&index);
    let result = catch_unwind(AssertUnwindSafe(|| {
        index.batch(|batch| {
            write_all(batch)?;
            if batch.get(1).is_some() {
                panic!("a fault of the caller");
            }
            Ok(())
        })
    }));
    assert!(result.is_err());
    assert_eq!(everything(&index), before);
    index.validate().expect("sound structures");
    index.batch(write_all).expect("the writer's turn is free");
    assert_eq!(index.events(), [(1, "new event".to_owned())]);
}

#[test]
fn changes_that_panic_on_their_way_leave_nothing_of_their_call() {
    let index = index();
    index
        .batch(|batch| {
            let before = batch.get(1);
            let faulty = (0..5).map(|n| if n < 3 { Change::add("p", 1) } else { panic!("a fault of the caller") });
            let result = catch_unwind(AssertUnwindSafe(|| batch.apply(1, faulty)));
            assert!(result.is_err());
            assert_eq!(batch.get(1), before);
            batch.apply(1, [Change::add("p", 1)])
        })
        .expect("the batch goes on");
    assert_eq!(value(&index, 1, "p"), Some(2.into()));
    index.validate().expect("sound structures");
}

#[test]
fn a_call_that_fails_leaves_nothing_of_itself_and_the_batch_goes_on() {
    let index = index();
    index
        .batch(|batch| {
            batch.apply(1, [Change::set("a", 1)])?;
            let before = (batch.get(1), batch.get(2));
            let refused = [
                code(batch.apply(1, [Change::set("lost", 1), Change::event("lost"), Change::user_id("bob")])),
                code(batch.apply(1, [Change::set("lost", 1), Change::merge(2), Change::merge(2)])),
                code(batch.apply(Target::IdOrNew(7), [Change::set("lost", 1), Change::user_id("bob")])),
                code(batch.apply(7, [])),
                code(batch.insert(Lead::new(1).with("lost", 1))),
                code(batch.insert(Lead::new(8).with_user_id("bob").with("lost", 1))),
                code(batch.upsert(Lead::new(1).with_user_id("bob").with("lost", 1))),
                code(batch.remove(7)),
            ];
            let codes = [
                "user_id_taken",
                "merge_with_itself",
                "user_id_taken",
                "unknown_lead",
                "lead_exists",
                "user_id_taken",
                "user_id_taken",
                "unknown_lead",
            ];
            assert_eq!(refused, codes);
            assert_eq!((batch.get(1), batch.get(2)), before);
            batch.apply(1, [Change::set("b", 1), Change::event("kept")])
        })
        .expect("the batch goes on");
    index.validate().expect("sound structures");
    let names: Vec<String> = index.properties().into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["$event_1_count", "$event_1_first", "$event_1_last", "$last_seen", "a", "b", "p"]);
    assert_eq!((index.events(), index.len()), (vec![(1, "kept".to_owned())], 2));
    assert_eq!(index.apply(Target::UserIdOrNew("eve".into()), []).expect("a new lead").id, 3, "id 7 was never held");
}

#[test]
fn calls_of_a_batch_see_those_before_them() {
    let index = index();
    let applied = index.batch(|batch| {
        batch.apply(1, [Change::user_id("ann"), Change::event("a")])?;
        batch.apply(2, [Change::UserId(None)])?;
        batch.apply(Target::UserId("ann".into()), [Change::user_id("bob")])?;
        batch.apply(2, [Change::event("b"), Change::event("a"), Change::user_id("ann")])
    });
    let applied = applied.expect("a batch");
    assert_eq!(applied.events.iter().map(|done| (done.event, done.count)).collect::<Vec<_>>(), [(2, 1), (1, 1)]);
    assert_eq!(index.get_by_user_id("bob").map(|lead| lead.id), Some(1));
    assert_eq!(index.get_by_user_id("ann").map(|lead| lead.id), Some(2));
    index.validate().expect("sound structures");
}

#[test]
fn a_write_from_inside_a_batch_is_an_error_and_a_question_is_not() {
    let index = index();
    let other = index_of([Lead::new(1)]);
    let result = index.batch(|batch| {
        batch.apply(1, [Change::set("p", 2)])?;
        assert_eq!(code(index.apply(1, [Change::set("p", 9)])), "recursive_write");
        assert_eq!(code(index.batch(|_| Ok(()))), "recursive_write");
        assert_eq!(code(index.clone().insert(Lead::new(5))), "recursive_write");
        assert_eq!(code(index.remove(1)), "recursive_write");
        assert_eq!(code(index.compact()), "recursive_write");
        assert_eq!(index.count(&Filter::eq("$id", 2_u64))?, 1);
        other.apply(1, [Change::set("p", 1)]).map(|_| ())
    });
    result.expect("the batch itself is sound");
    assert_eq!((value(&index, 1, "p"), value(&other, 1, "p")), (Some(2.into()), Some(1.into())));
    index.apply(1, [Change::set("p", 3)]).expect("the turn is over");
}

#[test]
fn changes_may_ask_the_index_while_they_run() {
    let index = index();
    let asking = (0..2).map(|_| Change::add("p", index.count(&Filter::known("$user_id")).map_or(0, |_| 5)));
    index.apply(1, asking).expect("a question is no write");
    assert_eq!(value(&index, 1, "p"), Some(11.into()));
}
