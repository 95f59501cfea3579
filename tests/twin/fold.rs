//! Simple case folding from two sources that are not the library's fold.

use std::cell::RefCell;
use std::collections::HashMap;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

thread_local! {
    static SMALLEST: RefCell<HashMap<char, char>> = RefCell::new(HashMap::new());
}

/// The smallest character of those that differ from `c` in case alone. Two characters fold to
/// the same one exactly when this is the same.
fn smallest(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    SMALLEST.with_borrow_mut(|known| {
        *known.entry(c).or_insert_with(|| {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            class.case_fold_simple();
            class.ranges().first().map_or(c, ClassUnicodeRange::start)
        })
    })
}

/// Whether two characters differ in case alone.
pub(crate) fn same_in_any_case(a: char, b: char) -> bool {
    smallest(a) == smallest(b)
}

/// A form that is equal for texts that are equal in any case. Not for ordering.
pub(crate) fn canon(text: &str) -> String {
    text.chars().map(smallest).collect()
}

/// The folded form, which decides the order of texts.
pub(crate) fn folded(text: &str) -> String {
    let fold = |c: char| unicode_case_mapping::case_folded(c).and_then(|f| char::from_u32(f.get())).unwrap_or(c);
    text.chars().map(fold).collect()
}
