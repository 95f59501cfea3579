//! Aligned columns.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::output::printable;

/// A wider cell is cut.
const CELL: usize = 28;
const GAP: usize = 2;

/// Rows of cells under a heading.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
}

#[derive(Debug)]
pub(crate) struct Column {
    heading: String,
    cells: Vec<String>,
    right: bool,
}

impl Column {
    /// A column with its text on the left.
    pub(crate) fn left<'a>(heading: &str, cells: impl IntoIterator<Item = &'a str>) -> Self {
        let cells = cells.into_iter().map(|cell| cut(&printable(cell), CELL)).collect();
        Self { heading: cut(&printable(heading), CELL), cells, right: false }
    }

    /// A column with its text on the right, for numbers.
    pub(crate) fn right<'a>(heading: &str, cells: impl IntoIterator<Item = &'a str>) -> Self {
        Self { right: true, ..Self::left(heading, cells) }
    }

    fn width(&self) -> usize {
        self.cells.iter().chain([&self.heading]).map(|text| text.width()).max().unwrap_or(0)
    }
}

impl Table {
    /// Adds a column if the table still fits into `width` columns of text; tells whether it did.
    pub(crate) fn push(&mut self, column: Column, width: usize) -> bool {
        let fits = self.width() + GAP + column.width() <= width || self.columns.is_empty();
        if fits {
            self.columns.push(column);
        }
        fits
    }

    fn width(&self) -> usize {
        self.columns.iter().map(|column| column.width() + GAP).sum::<usize>().saturating_sub(GAP)
    }

    /// Writes heading and rows, without spaces at the ends of lines.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let widths: Vec<usize> = self.columns.iter().map(Column::width).collect();
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        self.write_line(out, &widths, |column| &column.heading)?;
        for row in 0..rows {
            self.write_line(out, &widths, |column| column.cells.get(row).map_or("", String::as_str))?;
        }
        Ok(())
    }

    fn write_line<'a>(
        &'a self,
        out: &mut impl Write,
        widths: &[usize],
        cell: impl Fn(&'a Column) -> &'a str,
    ) -> io::Result<()> {
        let mut line = String::new();
        for (column, &width) in self.columns.iter().zip(widths) {
            let text = cell(column);
            let padding = " ".repeat(width - text.width());
            let (before, after) = if column.right { (padding.as_str(), "") } else { ("", padding.as_str()) };
            line.push_str(&format!("{before}{text}{after}{:GAP$}", ""));
        }
        writeln!(out, "{}", line.trim_end())
    }
}

/// Cuts text to `width` columns, the last an ellipsis where something was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::{Column, Table, cut};

    #[test]
    fn columns_are_aligned_by_their_width_on_screen() {
        let mut table = Table::default();
        assert!(table.push(Column::right("id", ["1", "1000"]), 20));
        assert!(table.push(Column::left("name", ["漢字", "x"]), 20));
        assert!(!table.push(Column::left("too wide for it", ["", ""]), 20));
        assert!(table.push(Column::left("z", ["a", "b"]), 20));
        let mut out = Vec::new();
        table.write(&mut out).expect("a Vec takes all");
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "  id  name  z\n   1  漢字  a\n1000  x     b\n");
    }

    #[test]
    fn what_is_too_wide_is_cut() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("漢字漢字", 4), "漢…");
    }
}
