//! Proposes items for a file, checks it against them and prints what came of it, with the time each step took.
//!
//! `check_file FILE [TRUTH]`: TRUTH has a JSON line with `record` and `kind` for each row that is known to be
//! bad; every row that is judged otherwise is printed.

use std::{
    collections::BTreeMap,
    error::Error,
    fs::{self, File},
    io::BufWriter,
    path::Path,
    time::Instant,
};

use rules::catalogue::Content;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: check_file FILE [TRUTH]")?;
    let path = Path::new(&file);
    let start = Instant::now();
    let proposal = table::propose(path, &file).map_err(|e| e.words())?;
    println!(
        "propose: {:.2} s, {} rows",
        start.elapsed().as_secs_f64(),
        proposal.rows_seen
    );
    print_proposal(&proposal);
    let content = Content {
        items: proposal.items,
        cross_rules: proposal.cross_rules,
        ..Content::default()
    };
    let spool = std::env::temp_dir();
    let plan = table::Plan {
        content: &content,
        spool_dir: &spool,
        timeliness: Some((1, 1)),
    };
    let refusals = spool.join("refusals.csv");
    let start = Instant::now();
    let to = BufWriter::new(File::create(&refusals)?);
    let mut checked = table::check(path, &file, &plan, to, &|_| {}).map_err(|e| e.words())?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "check: {seconds:.2} s, {:.0} rows/s",
        checked.rows as f64 / seconds
    );
    let start = Instant::now();
    let mut bytes = 0;
    while let Some(row) = checked.sorted.next_row()? {
        bytes += (0..row.width()).map(|i| row.get(i).len()).sum::<usize>();
    }
    println!(
        "merge: {:.2} s, {bytes} bytes of values",
        start.elapsed().as_secs_f64()
    );
    println!("{checked:#?}");
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .filter(|it| it.starts_with("VmHWM"))
        .for_each(|it| println!("{it}"));
    match arguments.next() {
        Some(truth) => compare(&truth, &refusals),
        None => Ok(()),
    }
}

fn print_proposal(proposal: &table::Proposal) {
    for item in &proposal.items {
        println!(
            "  {}{} {} {:?}.{:?} {} {}{}{} codes {} {:?}",
            if item.is_key { "*" } else { "" },
            item.name,
            item.title,
            item.length,
            item.scale,
            item.kind.label(),
            item.semantic.label(),
            if item.is_required { " 必填" } else { "" },
            if item.is_condition { " 条件" } else { "" },
            item.codes.len(),
            item.samples,
        );
    }
    proposal
        .cross_rules
        .iter()
        .for_each(|it| println!("  {}", it.label()));
}

/// What the first fault of a row with this kind of defect must be.
fn expected(kind: &str) -> &[&str] {
    match kind {
        "bad_check_digit" => &["identity-check"],
        "bad_id_length" => &["bad-identity"],
        "impossible_date" => &["identity-date"],
        "birth_mismatch" => &["birth-mismatch"],
        "gender_mismatch" => &["gender-mismatch"],
        "bad_gender_value" => &["bad-gender"],
        "empty_name" | "empty_address" => &["required"],
        "bad_ethnic" | "bad_region" => &["not-in-codes"],
        "bad_marital" => &["not-in-codes", "required"],
        "bad_mobile" => &["bad-mobile"],
        "reg_before_birth" => &["date-order"],
        "bad_amount_format" => &["bad-type", "too-precise"],
        "negative_amount" => &["negative"],
        "overlong_remark" => &["too-long"],
        "duplicate_key" => &["duplicate-key"],
        "too_few_columns" | "too_many_columns" => &["wrong-width"],
        "invalid_utf8" => &["bad-encoding"],
        _ => &[],
    }
}

fn compare(truth: &str, refusals: &Path) -> Result<(), Box<dyn Error>> {
    let mut found = BTreeMap::<u64, String>::new();
    let text = fs::read_to_string(refusals)?;
    for line in csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes()).records() {
        let line = line?;
        found
            .entry(line[0].parse()?)
            .or_insert_with(|| line[4].to_owned());
    }
    let (mut right, mut wrong) = (0, 0);
    for line in fs::read_to_string(truth)?.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let kind = line["kind"].as_str().unwrap_or_default();
        let fault = found.remove(&line["record"].as_u64().unwrap_or(0));
        if fault.as_deref().is_some_and(|it| expected(kind).contains(&it)) {
            right += 1;
        } else {
            wrong += 1;
            println!("row {}: {kind} was judged {fault:?}", line["record"]);
        }
    }
    found
        .iter()
        .for_each(|(row, fault)| println!("row {row} is good and was judged {fault}"));
    println!(
        "truth: {right} right, {wrong} wrong, {} refused that are good",
        found.len()
    );
    Ok(())
}
