//! One file without its tests. Words and lines are counted in the text, which is as rustfmt leaves it; the rest
//! in the syntax tree.

use super::imports::{Import, imports};
use std::{fs, path::Path};
use syn::{Attribute, Block, Signature, visit::Visit};

/// A file of a crate.
#[derive(Default)]
pub(super) struct Source {
    /// Its path from the root.
    pub(super) name: String,
    /// `crate::callback::reply`.
    pub(super) module: String,
    pub(super) text: String,
    pub(super) imports: Vec<Import>,
    /// The lines of each function, from `fn` to its closing bracket.
    pub(super) functions: Vec<usize>,
    pub(super) error_enums: usize,
}

/// The crates below `root`, each with the files that its library or its program reaches.
pub(super) fn crates(root: &Path) -> Vec<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || ["target", "tests", "node_modules"].contains(&&*name) {
            continue;
        }
        for start in ["src/lib.rs", "src/main.rs"].map(|start| folder.join(start)) {
            if start.is_file() {
                let mut files = Vec::new();
                read(root, &start, &folder.join("src"), "crate", &mut files);
                found.push(files);
            }
        }
        let entries = fs::read_dir(&folder).expect("a folder").flatten();
        folders.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| path.is_dir()),
        );
    }
    found
}

/// Reads a file and those of the modules it declares, which stand in `folder`.
fn read(root: &Path, file: &Path, folder: &Path, module: &str, files: &mut Vec<Source>) {
    let name = file
        .strip_prefix(root)
        .unwrap_or(file)
        .to_string_lossy()
        .into_owned();
    let text = without_tests(&text_of(file));
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut source = Source {
        name,
        module: module.to_owned(),
        text,
        ..Source::default()
    };
    source.imports = imports(&syntax.items);
    source.visit_file(&syntax);
    files.push(source);
    for item in syntax.items {
        if let syn::Item::Mod(declared) = item
            && declared.content.is_none()
        {
            let name = declared.ident.to_string();
            let folder = folder.join(&name);
            let places = [folder.with_extension("rs"), folder.join("mod.rs")];
            let file = places
                .iter()
                .find(|file| file.is_file())
                .expect("the module's file");
            read(root, file, &folder, &format!("{module}::{name}"), files);
        }
    }
}

/// The text of a file; the README of a library stands in place of the line that includes it.
fn text_of(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a file");
    let includes = text.strip_prefix("#![doc = include_str!(\"");
    let Some((readme, rest)) = includes.and_then(|includes| includes.split_once("\")]")) else {
        return text;
    };
    let readme = fs::read_to_string(file.with_file_name(readme)).expect("a README");
    let docs: String = readme.lines().map(|line| format!("//! {line}\n")).collect();
    docs + rest
}

/// Leaves out the items that `#[cfg(test)]` stands at, with the docs and attributes above it.
fn without_tests(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(indent) = line.strip_suffix("#[cfg(test)]") else {
            kept.push(line);
            continue;
        };
        let belongs = |line: &&str| {
            ["///", "#["]
                .iter()
                .any(|sign| line.trim_start().starts_with(sign))
        };
        while kept.pop_if(|line| belongs(&*line)).is_some() {}
        let ends = |line: &str| !line.starts_with(' ') && line.ends_with([';', '}']);
        lines.find(|line| line.strip_prefix(indent).is_some_and(ends));
    }
    kept.join("\n")
}

impl Source {
    /// Lines with code on them.
    pub(super) fn lines(&self) -> usize {
        let lines = self.text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count()
    }

    /// The doc comments, a block each.
    pub(super) fn docs(&self) -> Vec<String> {
        let mut blocks = vec![String::new()];
        for line in self.text.lines().map(str::trim) {
            let doc = line
                .strip_prefix("///")
                .or_else(|| line.strip_prefix("//!"));
            match (doc, blocks.last_mut()) {
                (Some(doc), Some(block)) => block.extend([doc, "\n"]),
                (None, Some(block)) if !block.is_empty() => blocks.push(String::new()),
                _ => {}
            }
        }
        blocks.retain(|block| !block.is_empty());
        blocks
    }

    fn function(&mut self, signature: &Signature, block: &Block) {
        let first = signature.fn_token.span.start().line;
        self.functions
            .push(1 + block.brace_token.span.close().end().line - first);
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let derives = |one: &Attribute| {
            one.path().is_ident("derive")
                && one
                    .meta
                    .require_list()
                    .is_ok_and(|list| list.tokens.to_string().contains("Error"))
        };
        self.error_enums += usize::from(item.attrs.iter().any(derives));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }
}
