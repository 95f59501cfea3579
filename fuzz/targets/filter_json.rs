//! Any bytes as a filter: read, or refused with faults that name their places; what was read
//! is written and read back to the same filter.

use lead_index::{ErrorKind, Filter, limits};

/// Most faults one error may list, with those of the last condition read.
const MOST_PROBLEMS: usize = 200;

/// One input.
pub(crate) fn run(data: &[u8]) {
    match Filter::from_json(data) {
        Ok(filter) => {
            filter.validate().expect("what was read keeps the bounds");
            let text = filter.to_json();
            // Short spellings such as 1e19 grow when written out.
            if text.len() <= limits::FILTER_BYTES {
                assert_eq!(Filter::from_json(&text).expect("what was written is legal"), filter, "{text}");
            }
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Validation);
            assert!((1..=MOST_PROBLEMS).contains(&error.problems().len()), "{} faults", error.problems().len());
            for problem in error.problems() {
                assert!(problem.pointer.is_empty() || problem.pointer.starts_with('/'), "{problem}");
                assert!(problem.offset.is_none_or(|offset| offset <= data.len()), "{problem}");
                assert!(problem.message.len() < 1_000, "{problem}");
            }
        }
    }
}
