//! What the code of a checkout amounts to: the figures the house is kept by, and the ceiling of each.
//! Tests are left out: what stands below `#[cfg(test)]`, and the folders `tests`.

mod imports;
mod source;

use source::{Source, crates};
use std::path::Path;

/// Each figure's name, the most it may be today, and the most it is to be in the end. A commit that betters a
/// figure tightens its ceiling.
pub const BUDGETS: [(&str, usize, usize); 11] = [
    ("lines of product code", 34_606, 26_036),
    ("import circles between files of a crate", 1, 1),
    ("files in the largest circle", 2, 2),
    ("error enums of the product", 12, 12),
    ("`_ms: i64` of the product outside time.rs", 0, 0),
    ("`saturating_*` of the product outside time.rs", 0, 0),
    ("product docs of four words or fewer, in %", 15, 15),
    ("examples in docs that are missing to 60", 0, 0),
    ("code lines of a file, 95th percentile", 224, 222),
    ("lines of a function, 95th percentile", 29, 29),
    ("`mod.rs` below src", 0, 0),
];

/// The product's folders: what they hold runs in a Lambda function …
const PRODUCT: [&str; 2] = ["functions/", "shared/"];
/// … but for what tests begin with.
const SUPPORT: [&str; 2] = ["/emulated", "/sample.rs"];

/// What a checkout amounts to.
pub struct House {
    /// The figures, in the order of [`BUDGETS`].
    pub figures: [usize; BUDGETS.len()],
    /// The files of each import circle.
    pub circles: Vec<Vec<String>>,
    /// What is public and has no docs; fields and variants whose name says all may do without.
    pub undocumented: Vec<String>,
}

impl House {
    /// Reads the checkout at `root`.
    ///
    /// # Panics
    /// When a file cannot be read or is no Rust.
    pub fn of(root: &Path) -> Self {
        let crates = crates(root);
        let circles: Vec<_> = crates
            .iter()
            .flat_map(|files| imports::circles(files))
            .collect();
        let files: Vec<&Source> = crates.iter().flatten().collect();
        let is_product = |file: &Source| {
            let support = SUPPORT.iter().any(|part| file.name.contains(part));
            !support && PRODUCT.iter().any(|folder| file.name.starts_with(folder))
        };
        let product: Vec<_> = files
            .iter()
            .copied()
            .filter(|file| is_product(file))
            .collect();
        let names = |name: &str| {
            let timeless = product
                .iter()
                .filter(|file| !file.name.ends_with("/time.rs"));
            timeless.map(|file| file.text.matches(name).count()).sum()
        };
        let all_docs: Vec<_> = files.iter().flat_map(|file| file.docs()).collect();
        let docs: Vec<_> = product.iter().flat_map(|file| file.docs()).collect();
        let short = docs
            .iter()
            .filter(|docs| docs.split_whitespace().count() <= 4)
            .count();
        let figures = [
            product.iter().map(|file| file.lines()).sum(),
            circles.len(),
            circles.iter().map(Vec::len).max().unwrap_or_default(),
            product.iter().map(|file| file.error_enums).sum(),
            names("_ms: i64"),
            names("saturating_"),
            (100 * short).div_ceil(docs.len().max(1)),
            60_usize.saturating_sub(all_docs.iter().map(|docs| examples(docs)).sum()),
            percentile_95(files.iter().map(|file| file.lines())),
            percentile_95(files.iter().flat_map(|file| file.functions.iter().copied())),
            files
                .iter()
                .filter(|file| file.name.ends_with("/mod.rs"))
                .count(),
        ];
        let undocumented = files.iter().flat_map(|file| file.undocumented.clone());
        Self {
            undocumented: undocumented.collect(),
            figures,
            circles,
        }
    }
}

/// The code blocks in docs that `cargo test` builds: those of no language or of Rust.
fn examples(docs: &str) -> usize {
    let fences = docs
        .lines()
        .filter_map(|line| line.trim().strip_prefix("```"));
    let languages = fences.step_by(2);
    languages
        .filter(|language| ["", "rust", "no_run"].contains(language))
        .count()
}

fn percentile_95(values: impl Iterator<Item = usize>) -> usize {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values
        .get(values.len() * 95 / 100)
        .copied()
        .unwrap_or_default()
}
