//! Tasks that change threads in the middle: nothing that a reader holds is bound to a thread.

use lead_index::{Change, Cursor, Export, Filter, LeadIndex, Listener, LiveFilter, Order, Page, Query, Snapshot};

use crate::{index_of, watched};

const LEADS: u64 = 100;
const TASKS: u64 = 60;

#[test]
fn what_readers_hold_may_go_to_any_thread() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<LeadIndex>();
    shared::<Snapshot>();
    shared::<Page>();
    shared::<Cursor>();
    shared::<LiveFilter>();
    shared::<Listener>();
    sent::<Export>();
}

/// Reads a list page by page, lets others run between any two steps, and writes now and then.
async fn reads_and_writes(index: LeadIndex, number: u64) {
    let query = Query::new().sort_by("n", Order::Asc).limit(20);
    let snapshot = index.snapshot();
    let mut export = index.export(&Filter::all([]), "n", Order::Desc).expect("a legal question");
    let listener = index.lead_filter().listen(4).expect("always kept");
    let mut page = snapshot.query(&query).expect("a legal question");
    let (total, mut read) = (page.total(), page.ids().len() as u64);
    while let Some(cursor) = page.next_cursor() {
        tokio::task::yield_now().await;
        index.apply(1 + (number * 7 + read) % LEADS, [Change::add("n", 1)]).expect("a lead that is held");
        drop(export.next());
        tokio::task::yield_now().await;
        page = snapshot.resume(&query, &cursor).expect("a cursor of this snapshot");
        read += page.ids().len() as u64;
    }
    assert_eq!((read, total, listener.waiting()), (LEADS, LEADS, 0));
    tokio::task::yield_now().await;
    assert_eq!(export.count() as u64, LEADS - 4);
}

/// Runs many such tasks; the sum of what they wrote must be there.
fn run(runtime: &tokio::runtime::Runtime) {
    let index = index_of(LEADS);
    let before = index.version();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS).map(|number| tokio::spawn(reads_and_writes(index.clone(), number))).collect();
        for task in tasks {
            task.await.expect("a task without fault");
        }
    });
    assert_eq!(index.version(), before + TASKS * 4);
}

#[test]
fn tasks_on_one_thread_read_and_write_in_turns() {
    watched(|| run(&tokio::runtime::Builder::new_current_thread().build().expect("a runtime")));
}

#[test]
fn tasks_that_wander_between_threads_read_and_write() {
    watched(|| run(&tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("a runtime")));
}
