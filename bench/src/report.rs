//! Figures of several repeats, and the table that shows them.

use std::fmt;

/// The same figure of several repeats.
#[derive(Debug, Clone, Default)]
pub struct Figures(Vec<f64>);

impl Figures {
    /// Adds the figure of the next repeat.
    pub fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// The one in the middle; of an even number, the upper one of the two.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// These figures divided by those that were measured next to them.
    pub fn over(&self, limit: &Self) -> Self {
        Self(self.0.iter().zip(&limit.0).map(|(figure, limit)| figure / limit).collect())
    }
}

impl fmt::Display for Figures {
    /// The median and, in brackets, the least and the most.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        write!(f, "{} ({}-{})", Short(self.median()), Short(least), Short(most))
    }
}

/// Three digits of a number, or all of those before its point.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = match self.0.abs() {
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        write!(f, "{:.decimals$}", self.0)
    }
}

/// What a figure is to reach.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// It may be no more than this.
    AtMost(f64),
    /// It may be no less than this.
    AtLeast(f64),
}

impl Target {
    fn verdict(self, figure: f64) -> String {
        let (sign, bound, met) = match self {
            Self::AtMost(bound) => ("≤", bound, figure <= bound),
            Self::AtLeast(bound) => ("≥", bound, figure >= bound),
        };
        format!("{sign} {bound}: {}", if met { "met" } else { "MISSED" })
    }
}

/// One line of the table.
pub struct Row<'a> {
    /// What was measured, with its unit.
    pub measure: &'a str,
    /// Whose it is.
    pub subject: &'a str,
    /// The figure.
    pub figures: &'a Figures,
    /// The same as a share of the limit's.
    pub ratio: Option<Figures>,
    /// What the ratio, or where there is none the figure, is to reach.
    pub target: Option<Target>,
    /// What else was seen.
    pub notes: String,
}

/// Prints the table's head.
pub fn print_head() {
    println!("| measure | subject | median (spread) | of the limit | target | notes |");
    println!("|---|---|---|---|---|---|");
}

impl Row<'_> {
    /// Prints the line, as Markdown.
    pub fn print(&self) {
        let ratio = self.ratio.as_ref();
        let judged = ratio.unwrap_or(self.figures).median();
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            self.measure,
            self.subject,
            self.figures,
            ratio.map(Figures::to_string).unwrap_or_default(),
            self.target.map(|target| target.verdict(judged)).unwrap_or_default(),
            self.notes,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_show_their_median_and_spread() {
        let figures = Figures(vec![12.0, 9.5, 9.87654]);
        assert_eq!(figures.to_string(), "9.88 (9.50-12.0)");
        assert_eq!(figures.over(&Figures(vec![6.0, 9.5, 9.87654])).to_string(), "1.00 (1.00-2.00)");
    }

    #[test]
    fn a_target_is_met_or_missed() {
        assert_eq!(Target::AtMost(1.3).verdict(1.3), "≤ 1.3: met");
        assert_eq!(Target::AtLeast(0.5).verdict(0.4), "≥ 0.5: MISSED");
    }
}
