//! Where the template and the functions lie: beside the executable of a release, else in the checkout it was built from.

use sam_local::functions::OutputDirectory;
use std::{
    env,
    path::{Path, PathBuf},
};

/// What a bundle is started from where no flag says otherwise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The template; its folder is where cargo builds, and where the demo's rules lie.
    pub template: PathBuf,
    /// The function binaries; none stands for the directory that cargo built this executable into.
    pub functions: Option<PathBuf>,
    /// Whether cargo builds the functions first.
    pub build: bool,
}

impl Place {
    /// The place of this executable.
    pub(crate) fn of_this_executable() -> Self {
        let executable = env::current_exe().and_then(|path| path.canonicalize());
        Self::of(&executable.unwrap_or_default(), &checkout())
    }

    fn of(executable: &Path, checkout: &Path) -> Self {
        let template = executable.with_file_name("template.yaml");
        let functions = executable.with_file_name("functions");
        if template.is_file() && functions.is_dir() {
            return Self {
                template,
                functions: Some(functions),
                build: false,
            };
        }
        // `cargo install` puts the executable where nothing else of the build is.
        let is_installed = OutputDirectory::around(executable).is_err();
        Self {
            template: checkout.join("template.yaml"),
            functions: is_installed.then(|| checkout.join("target/debug")),
            build: true,
        }
    }
}

/// The checkout this crate was built in.
fn checkout() -> PathBuf {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = crate_directory.ancestors().nth(2);
    root.unwrap_or(crate_directory).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_release_is_whole_an_installed_program_builds_and_a_built_one_is_where_its_functions_are() {
        let folder = tempfile::tempdir().unwrap();
        let (root, checkout) = (folder.path(), Path::new("/checkout"));
        let executable = root.join("wechat-functions");
        let installed = Place::of(&executable, checkout);
        assert_eq!(installed.functions, Some("/checkout/target/debug".into()));
        assert!(installed.build);
        fs::create_dir(root.join("deps")).unwrap();
        let built = Place::of(&executable, checkout);
        assert_eq!((built.functions, built.build), (None, true));
        assert_eq!(built.template, Path::new("/checkout/template.yaml"));
        fs::create_dir(root.join("functions")).unwrap();
        assert!(
            Place::of(&executable, checkout).build,
            "a folder alone is no release"
        );
        fs::write(root.join("template.yaml"), "").unwrap();
        let released = Place::of(&executable, checkout);
        assert_eq!(released.template, root.join("template.yaml"));
        assert_eq!(released.functions, Some(root.join("functions")));
        assert!(!released.build);
    }
}
