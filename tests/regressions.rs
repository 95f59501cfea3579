//! What random histories once found, made short: one test a fault, so that none comes back.

use lead_index::{Error, Filter, Lead, LeadIndex, Query, Universe, Value};

/// The ends of a dictionary's late texts are forgotten with the texts that a batch left unused.
#[test]
fn a_batch_that_writes_and_removes_many_texts_finds_the_next_one() -> Result<(), Error> {
    type Make = fn(u64) -> Value;
    let (text, list): (Make, Make) = (|n| Value::from(format!("t{n}")), |n| Value::List(vec![format!("t{n}")]));
    for make in [text, list] {
        let index = LeadIndex::builder().block_rows(64).build();
        index.insert(Lead::new(1_000).with("tags", make(0)))?;
        index.batch(|batch| {
            for n in 1..1_000 {
                batch.insert(Lead::new(1).with("tags", make(n)))?;
                batch.remove(1)?;
            }
            batch.insert(Lead::new(2).with("tags", make(500)))
        })?;
        index.validate().map_err(Error::aborted)?;
        let either = Filter::any([Filter::str_eq("tags", "T500"), Filter::list_contains("tags", "T500")]);
        let page = index.query(&Query::new().universe(Universe::Everyone).filter(either))?;
        assert_eq!(page.ids(), [2]);
    }
    Ok(())
}
