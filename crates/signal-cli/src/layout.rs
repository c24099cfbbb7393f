//! Text for a terminal of 80 columns: aligned columns, wrapped words, bars, and the two styles in use.

use signal_core::model::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line.
pub(crate) const WIDTH: usize = 80;

/// A heading.
pub(crate) fn bold(text: &str) -> String {
    let style = anstyle::Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// What matters less.
pub(crate) fn dim(text: &str) -> String {
    let style = anstyle::Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// People's words without what would steer their reader's terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// At most so many columns, with `…` where something was cut.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let text = plain(text).replace('\n', " ");
    if text.width() <= width {
        return text;
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used >= width {
            break;
        }
        out.push(c);
    }
    out + "…"
}

/// A column's place in its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a heading, two blanks between columns, each line cut at [`WIDTH`].
pub(crate) fn columns(heading: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let names: Vec<String> = heading.iter().map(|(name, _)| (*name).to_owned()).collect();
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).chain(names.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String]| {
        let mut out = String::new();
        for ((cell, (_, align)), width) in row.iter().zip(heading).zip(&widths) {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => out.extend([cell.as_str(), &gap, "  "]),
                Align::Right => out.extend([gap.as_str(), cell, "  "]),
            }
        }
        fit(out.trim_end(), WIDTH)
    };
    let mut out = bold(&line(&names));
    for row in rows {
        out.push('\n');
        out.push_str(&line(row));
    }
    out + "\n"
}

/// Words in lines of at most [`WIDTH`] columns, each after the indent.
pub(crate) fn wrap(text: &str, indent: &str) -> String {
    let room = WIDTH.saturating_sub(indent.width()).max(20);
    let mut lines = Vec::new();
    for paragraph in plain(text).lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace().flat_map(|word| pieces(word, room)) {
            if !line.is_empty() && line.width() + 1 + word.width() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("{indent}{line}").trim_end().to_owned() + "\n").collect()
}

/// A word in parts that fit a line.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > room {
            parts.push(String::new());
            used = 0;
        }
        used += width;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// A fraction in [0, 1] as a bar of at most so many columns.
pub(crate) fn bar(fraction: f64, width: usize) -> String {
    let filled = (0..width).filter(|step| (*step as f64 + 0.5) / width as f64 <= fraction).count();
    "█".repeat(filled)
}

/// An instant to the minute, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..16).map_or_else(|| text.clone(), |start| start.replace('T', " "))
}

/// `1 drop`, `2 drops`.
pub(crate) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_whatever_the_script() {
        let rows = vec![vec!["ana".into(), "1".into()], vec!["日本".into(), "20".into()]];
        let out = columns(&[("who", Align::Left), ("plays", Align::Right)], &rows);
        let out = out.replace(&bold(""), "");
        assert!(out.contains("\nana       1\n日本     20\n"), "{out}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let text = format!("{} {}", "ä".repeat(200), "word ".repeat(50));
        for line in wrap(&text, "    ").lines() {
            assert!(line.width() <= WIDTH && line.starts_with("    "), "{line}");
        }
        assert!(fit(&text, WIDTH).width() <= WIDTH);
    }

    #[test]
    fn nobody_steers_another_ones_terminal() {
        assert_eq!(wrap("a\u{1b}[2Jb", ""), "a[2Jb\n");
        assert_eq!(fit("a\nb\u{7}", 10), "a b");
    }

    #[test]
    fn a_bar_is_as_long_as_its_fraction() {
        assert_eq!(
            (bar(0.0, 10), bar(0.5, 10), bar(1.0, 10)),
            (String::new(), "█".repeat(5), "█".repeat(10))
        );
    }

    #[test]
    fn minutes_are_read_at_a_glance() {
        assert_eq!(minute(Timestamp::from_seconds(1_772_366_400)), "2026-03-01 12:00");
    }
}
