//! Unicode *simple* case folding: one character to one character, no normalisation.
//!
//! Two strings are "the same in any case" when their folded forms are equal: ς and σ are equal,
//! ẞ folds to ß, İ stays itself. All case-insensitive work (string tests, list items, string
//! order) goes through here, so no two places can disagree.

use std::borrow::Cow;

/// The folded form of one character.
pub(crate) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    unicode_case_mapping::case_folded(c).and_then(|folded| char::from_u32(folded.get())).unwrap_or(c)
}

/// The folded form of a string; borrowed when it is its own folded form.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    let first = text.char_indices().find(|&(_, c)| fold_char(c) != c);
    match first {
        None => Cow::Borrowed(text),
        Some((at, _)) => {
            let mut folded = String::with_capacity(text.len() + 2);
            folded.push_str(&text[..at]);
            folded.extend(text[at..].chars().map(fold_char));
            Cow::Owned(folded)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_char};

    #[test]
    fn folding_is_simple_folding() {
        assert_eq!(fold("Σίσυφος"), fold("ΣΊΣΥΦΟΣ"));
        assert_eq!(fold("ẞ"), "ß");
        assert_eq!(fold("İ"), "İ");
        assert_eq!(fold("ИВАН Ёлкин"), "иван ёлкин");
        assert!(matches!(fold("already lower ß"), std::borrow::Cow::Borrowed(_)));
    }

    /// An independent table of the same Unicode data: the one inside the regex crates.
    #[test]
    fn folding_groups_the_same_characters_as_an_independent_table() {
        use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let folded = fold_char(c);
            assert_eq!(fold_char(folded), folded, "{c:?}: folding twice changes nothing more");
            if folded != c {
                let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
                class.case_fold_simple();
                assert!(
                    class.iter().any(|range| range.start() <= folded && folded <= range.end()),
                    "{c:?} folds to {folded:?}, which the other table does not group with it"
                );
            }
        }
    }
}
