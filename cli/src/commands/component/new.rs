//! `deskconn component new`: a component to begin with, in one of three languages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use deskconn_protocol::grants::Foreign;

use crate::context::Context;
use crate::error::CliError;

/// Write a small component that runs, to begin with.
///
/// It is a lamp that can be switched. What to put into the daemon's configuration is printed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Its name: a word of a to z, 0 to 9 and `_`. It is also the grant by which devices may use it.
    name: String,

    /// What it is written in.
    #[arg(long, short, default_value = "python")]
    language: Language,

    /// Where to write it [default: a new folder of its name].
    #[arg(long)]
    directory: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Python, with autobahn.
    Python,
    /// JavaScript for Node, with autobahn.
    Node,
    /// Rust, with this project's own client.
    Rust,
}

/// What stands in a template where the component's name belongs.
const NAME: &str = "NAME";

impl Language {
    /// The files of the component `NAME`, and what each holds.
    const fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Python => &[("NAME.py", include_str!("new/python.py"))],
            Self::Node => &[
                ("NAME.mjs", include_str!("new/node.mjs")),
                ("package.json", include_str!("new/package.json")),
            ],
            Self::Rust => &[
                ("Cargo.toml", include_str!("new/Cargo.toml.in")),
                (
                    "src/main.rs",
                    include_str!("../../../../components/sdk/examples/lamp.rs"),
                ),
            ],
        }
    }

    /// What to do before the component can run.
    const fn preparation(self) -> &'static str {
        match self {
            Self::Python => "python3 -m pip install autobahn",
            Self::Node => "npm install",
            Self::Rust => "cargo build --release",
        }
    }

    /// How the component `NAME` is started in its folder.
    const fn command(self) -> &'static str {
        match self {
            Self::Python => r#"["python3", "NAME.py"]"#,
            Self::Node => r#"["node", "NAME.mjs"]"#,
            Self::Rust => r#"["target/release/NAME"]"#,
        }
    }
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let Args {
        name,
        language,
        directory,
    } = args;
    let foreign = Foreign {
        name: name.clone(),
        prefix: format!("local.{name}."),
        for_web: false,
    };
    if !foreign.is_possible() {
        return Err(
            CliError::usage(format!("`{name}` can not be a component's name"))
                .hint("a word of a to z, 0 to 9 and `_` that is no grant yet, as `lamp`"),
        );
    }
    let directory = directory.clone().unwrap_or_else(|| name.into());
    for (file, text) in language.files() {
        let file = directory.join(file.replace(NAME, name));
        write(&file, &text.replace(NAME, name))?;
    }
    let directory = fs::canonicalize(&directory).unwrap_or(directory);
    let lines = [
        format!("Written to {}. Next:", directory.display()),
        format!("  cd {} && {}", directory.display(), language.preparation()),
        "Then add this to the daemon's configuration and start the daemon anew:".to_owned(),
        String::new(),
        "[[component]]".to_owned(),
        format!("name = \"{name}\""),
        format!("command = {}", language.command().replace(NAME, name)),
        format!("directory = {:?}", directory.display().to_string()),
        String::new(),
        format!("`deskconn call local.{name}.switch -k on=true` switches it."),
    ];
    context.output.text(&lines.join("\n"))
}

/// Writes a file that is not there yet.
fn write(file: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::failed(format!("can not write {}: {error}", file.display()))
            .hint("--directory names another place")
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).open(file);
    let mut opened = opened.map_err(failed)?;
    std::io::Write::write_all(&mut opened, text.as_bytes()).map_err(failed)
}
