//! Bars, as SVG.

use crate::report::{Figure, thousands};

const WIDTH: usize = 900;
const LABELS: usize = 330;
const BAR: usize = 14;
const GAP: usize = 12;
const TOP: usize = 60;
/// One for each router, in their order.
const COLOURS: [&str; 7] = [
    "#9aa0a6", "#1a73e8", "#e8710a", "#188038", "#a142f4", "#d93025", "#12b5cb",
];

/// What the length of a bar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The rate, each scenario by itself: the longest bar is the fastest.
    Rate,
    /// The processor time of an operation, on a scale of its own for each scenario.
    Cpu,
}

/// A picture of `figures`: a group for each scenario, a bar for each router.
pub fn bars(title: &str, figures: &[Figure], shown: Shown) -> String {
    let value = |figure: &Figure| match shown {
        Shown::Rate => Some(figure.median.rate),
        Shown::Cpu => figure.median.cpu,
    };
    let mut routers = Vec::new();
    for figure in figures {
        if !routers.contains(&figure.target.as_str()) {
            routers.push(figure.target.as_str());
        }
    }
    let mut body = String::new();
    let mut y = TOP;
    for group in figures.chunk_by(|a, b| a.scenario == b.scenario) {
        let shown_ones = group.iter().filter(|figure| figure.failed.is_none());
        let shown_ones = shown_ones
            .filter_map(|figure| Some((figure, value(figure)?)))
            .collect::<Vec<_>>();
        let most = shown_ones
            .iter()
            .map(|(_, value)| *value)
            .fold(f64::MIN_POSITIVE, f64::max);
        let Some((first, _)) = shown_ones.first() else {
            continue;
        };
        let middle = y + shown_ones.len() * BAR / 2 + 4;
        text(&mut body, LABELS - 10, middle, "end", &first.scenario);
        for (figure, value) in &shown_ones {
            let colour = routers
                .iter()
                .position(|router| *router == figure.target)
                .unwrap_or(0);
            let length = ((WIDTH - LABELS - 170) as f64 * value / most).max(1.0);
            rectangle(
                &mut body,
                (LABELS, y),
                length,
                COLOURS[colour % COLOURS.len()],
            );
            let said = match shown {
                Shown::Rate => format!("{} {}", thousands(*value), figure.unit),
                Shown::Cpu => format!("{value:.2} µs"),
            };
            text(
                &mut body,
                LABELS + length as usize + 6,
                y + BAR - 3,
                "start",
                &said,
            );
            y += BAR;
        }
        y += GAP;
    }
    let mut legend = String::new();
    for (at, router) in routers.iter().enumerate() {
        let x = LABELS + at * 100;
        rectangle(&mut legend, (x, 32), 12.0, COLOURS[at % COLOURS.len()]);
        text(&mut legend, x + 18, 43, "start", router);
    }
    text(&mut legend, LABELS, 18, "start", title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#202124\">\n<rect width=\"{WIDTH}\" height=\"{y}\" fill=\"#fff\"/>\n{legend}{body}</svg>\n"
    )
}

fn rectangle(out: &mut String, (x, y): (usize, usize), width: f64, colour: &str) {
    let height = BAR - 2;
    out.push_str(&format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{colour}\"/>\n"
    ));
}

fn text(out: &mut String, x: usize, y: usize, anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    out.push_str(&format!(
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>\n"
    ));
}
