//! What a page consists of.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A fenced block: the words behind its fence, and what stands in it.
#[derive(Debug)]
pub struct Block {
    /// `sh`, `sh cloud`, `json`, …
    pub kind: String,
    /// Its lines.
    pub text: String,
}

impl Block {
    /// The file that its first line names, as `# rules.toml` does.
    pub fn file(&self) -> Option<&str> {
        let first = self.text.lines().next()?;
        let name = first.strip_prefix("# ").or(first.strip_prefix("// "))?;
        (name.contains('.') && !name.contains(' ')).then_some(name)
    }
}

/// A row of a table, but not its head: of each cell, what stands there as code.
pub type Row = Vec<Vec<String>>;

/// A document.
#[derive(Debug, Default)]
pub struct Page {
    /// Its path from the root of the checkout.
    pub name: String,
    /// What a link to a part of it may name.
    pub anchors: BTreeSet<String>,
    /// Where its links lead.
    pub links: Vec<String>,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
    /// Its tables, in order.
    pub tables: Vec<Vec<Row>>,
    /// How deep each heading is, in order.
    pub outline: Vec<u8>,
}

impl Page {
    /// Reads a page.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name));
        let text = text.unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut page = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        let (mut heading, mut block, mut in_row) = (None::<String>, None::<Block>, false);
        let mut headings = BTreeMap::new();
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    page.outline.push(level as u8);
                    heading = Some(String::new());
                }
                Event::End(TagEnd::Heading(_)) => {
                    let name = anchor(&heading.take().unwrap_or_default());
                    let before = headings.entry(name.clone()).or_insert(0);
                    page.anchors.insert(match *before {
                        0 => name,
                        n => format!("{name}-{n}"),
                    });
                    *before += 1;
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => {
                    let (kind, text) = (kind.to_string(), String::new());
                    block = Some(Block { kind, text });
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.to_string());
                }
                Event::Start(Tag::Table(_)) => page.tables.push(Vec::new()),
                Event::Start(Tag::TableRow) => {
                    in_row = true;
                    page.tables.last_mut().unwrap().push(Vec::new());
                }
                Event::End(TagEnd::TableRow) => in_row = false,
                Event::Start(Tag::TableCell) if in_row => {
                    page.row().push(Vec::new());
                }
                Event::Text(text) => match (&mut block, &mut heading) {
                    (Some(block), _) => block.text += &text,
                    (_, Some(heading)) => *heading += &text,
                    _ => {}
                },
                Event::Code(text) => match &mut heading {
                    Some(heading) => *heading += &text,
                    None if in_row => page.row().last_mut().unwrap().push(text.to_string()),
                    None => {}
                },
                _ => {}
            }
        }
        page
    }

    /// The row that is being read.
    fn row(&mut self) -> &mut Row {
        self.tables.last_mut().unwrap().last_mut().unwrap()
    }

    /// What stands as code in the first cell of each row of its tables.
    pub fn keys(&self) -> BTreeSet<String> {
        let first = self.tables.iter().flatten().filter_map(|row| row.first());
        first.flatten().cloned().collect()
    }

    /// Where a link of this page leads, and to which part of it; `None` for one that leaves the checkout.
    pub fn target(&self, link: &str) -> Option<(PathBuf, Option<String>)> {
        if link.contains("://") || link.starts_with("mailto:") {
            return None;
        }
        let (path, part) = link.split_once('#').unwrap_or((link, ""));
        let here = root().join(&self.name);
        let target = match path {
            "" => here,
            path => here.parent().unwrap_or(Path::new("")).join(path),
        };
        Some((target, (!part.is_empty()).then(|| part.to_owned())))
    }
}

/// A heading's anchor, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let letters = heading.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter => letter.is_alphanumeric().then_some(letter),
    });
    letters.flat_map(char::to_lowercase).collect()
}

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder, or the file itself, whose name ends so; their paths from the root.
fn files(below: &str, ending: &str) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![below.to_owned()]);
    while let Some(name) = folders.pop() {
        match fs::read_dir(root().join(&name)) {
            Ok(entries) => folders.extend(entries.map(|entry| {
                let entry = entry.unwrap().file_name();
                format!("{name}/{}", entry.to_str().unwrap())
            })),
            Err(_) if name.ends_with(ending) => found.push(name),
            Err(_) => {}
        }
    }
    found.sort();
    found
}

/// All pages: those of the book, and those that lie at the root.
pub fn pages() -> Vec<Page> {
    let names = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"];
    let mut names: Vec<_> = names.map(str::to_owned).into();
    names.extend(["README.md", "README.zh-CN.md"].map(str::to_owned));
    names.extend(files("docs", ".md"));
    names.iter().map(|name| Page::read(name)).collect()
}

/// The sources in these files and folders, without their tests, in one text.
pub fn source(places: &[&str]) -> String {
    let files = places.iter().flat_map(|place| files(place, ".rs"));
    let files = files.filter(|file| !file.contains("/tests"));
    let texts = files.map(|file| fs::read_to_string(root().join(file)).unwrap());
    let shipped = texts.map(|text| {
        text.split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap()
            .to_owned()
    });
    shipped.collect()
}
