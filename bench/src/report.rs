//! Printed figures.

/// The middle one of `figures`.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints one line: a name, its figure, its unit.
pub fn line(name: &str, figure: f64, unit: &str) {
    println!("  {name:<58} {figure:>12.2} {unit}");
}

/// Prints a figure against the bar it is held to.
pub fn held_against(name: &str, figure: f64, bar: f64, at_least: bool) {
    let holds = if at_least { figure >= bar } else { figure <= bar };
    let sign = if at_least { "≥" } else { "≤" };
    println!(
        "  {name:<58} {figure:>12.2} (bar {sign} {bar}: {})",
        if holds { "met" } else { "NOT met" }
    );
}
