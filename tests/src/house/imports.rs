//! Which file imports from which, and where that runs in a circle.

use super::source::Source;
use std::collections::{BTreeMap, BTreeSet};
use syn::{Item, UseTree, Visibility};

/// A name that `use` brings into a module.
pub(super) struct Import {
    /// `crate::token::Granted`.
    path: String,
    /// What it is called here.
    name: String,
    /// A re-export: whoever imports the name from here imports it from where it is defined.
    passes_on: bool,
}

/// The imports of a file's own module.
pub(super) fn imports(items: &[Item]) -> Vec<Import> {
    let mut found = Vec::new();
    for item in items {
        if let Item::Use(item) = item {
            let passes_on = !matches!(item.vis, Visibility::Inherited);
            let names = names(&item.tree, "").into_iter();
            found.extend(names.map(|(path, name)| Import {
                path,
                name,
                passes_on,
            }));
        }
    }
    found
}

fn names(tree: &UseTree, above: &str) -> Vec<(String, String)> {
    let path = |last: &syn::Ident| format!("{above}{last}");
    match tree {
        UseTree::Path(path) => names(&path.tree, &format!("{above}{}::", path.ident)),
        UseTree::Group(group) => group
            .items
            .iter()
            .flat_map(|tree| names(tree, above))
            .collect(),
        UseTree::Name(one) => vec![(path(&one.ident), one.ident.to_string())],
        UseTree::Rename(one) => vec![(path(&one.ident), one.rename.to_string())],
        UseTree::Glob(_) => Vec::new(),
    }
}

type Modules<'a> = BTreeMap<&'a str, &'a Source>;

/// The files of each circle that a crate's imports run in.
pub(super) fn circles(files: &[Source]) -> Vec<Vec<String>> {
    let modules: Modules<'_> = files.iter().map(|file| (&*file.module, file)).collect();
    let arrows = |file: &Source| -> BTreeSet<&str> {
        let imports = file.imports.iter().filter(|import| !import.passes_on);
        let targets = imports.filter_map(|import| defined(&modules, &file.module, &import.path));
        targets
            .map(|target| &*target.name)
            .filter(|name| *name != file.name)
            .collect()
    };
    let arrows: BTreeMap<_, _> = files
        .iter()
        .map(|file| (&*file.name, arrows(file)))
        .collect();
    let reached: BTreeMap<_, _> = arrows
        .keys()
        .map(|from| (*from, reach(&arrows, from)))
        .collect();
    let circle = |(from, to): (&&str, &BTreeSet<&str>)| -> Vec<String> {
        let back = to.iter().filter(|one| reached[**one].contains(from));
        back.map(ToString::to_string).collect()
    };
    let circles: BTreeSet<_> = reached.iter().map(circle).collect();
    circles
        .into_iter()
        .filter(|files| files.len() > 1)
        .collect()
}

fn reach<'a>(arrows: &BTreeMap<&str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = arrows[from].iter().copied().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&arrows[file]);
        }
    }
    reached
}

/// The file that defines what `path` names in the module `here`; none outside the crate.
fn defined<'a>(modules: &Modules<'a>, here: &str, path: &str) -> Option<&'a Source> {
    let mut at = here.to_owned();
    for (place, name) in path.split("::").enumerate() {
        let child = format!("{at}::{name}");
        match name {
            "crate" => "crate".clone_into(&mut at),
            "self" => {}
            "super" => at = at.rsplit_once("::")?.0.to_owned(),
            _ if modules.contains_key(&*child) => at = child,
            _ if place == 0 => return None,
            _ => {
                let source = modules.get(&*at)?;
                let mut exports = source
                    .imports
                    .iter()
                    .filter(|one| one.passes_on && one.name == name);
                let origin = exports.find_map(|one| defined(modules, &at, &one.path));
                return origin.or(Some(*source));
            }
        }
    }
    modules.get(&*at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(module: &str, text: &str) -> Source {
        let imports = imports(&syn::parse_file(text).unwrap().items);
        Source {
            name: module.into(),
            module: module.into(),
            imports,
            ..Source::default()
        }
    }

    #[test]
    fn imports_are_followed_to_where_a_name_is_defined() {
        let files = [
            source("crate", "mod a; mod b; pub use a::A; use std::io;"),
            source("crate::a", "use super::b::B; pub struct A;"),
            source("crate::b", "mod c; pub(crate) use c::B;"),
            source("crate::b::c", "use crate::{A, b}; pub struct B;"),
        ];
        assert_eq!(circles(&files), [["crate::a", "crate::b::c"]]);
        assert_eq!(circles(&files[..3]), Vec::<Vec<String>>::new());
    }
}
