//! A command line that clap reads, in the language of whoever types it.
//!
//! Help stands in the catalogue as `help.COMMAND` and `help.COMMAND.ARGUMENT`, or as `help.ARGUMENT` where several commands
//! have the same one.

use crate::{Language, catalogue, language, say};
use clap::{
    Arg, ArgAction, Command, CommandFactory, Parser,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};
use std::{error::Error as _, process};

/// How help is laid out in Chinese; clap's own words are English.
const LAYOUT: &str = "{about}\n\n用法：{usage}\n\n{all-args}";
const MISUSE: i32 = 2;

/// Reads the command line of this process; help, version and what cannot be followed are told, and end it.
pub fn parse<C: Parser>(version: &'static str) -> C {
    let read = command::<C>(version, language()).try_get_matches();
    let read = read.and_then(|matches| C::from_arg_matches(&matches));
    read.unwrap_or_else(|error| refuse(&error))
}

/// The command line of a program as that language has it.
pub fn command<C: CommandFactory>(version: &'static str, language: Language) -> Command {
    let command = C::command().version(version);
    let path = command.get_name().to_owned();
    in_language(command, &path, language, true)
}

fn in_language(command: Command, path: &str, language: Language, has_version: bool) -> Command {
    let mut command = command.disable_help_flag(true).arg(help());
    if has_version {
        command = command.disable_version_flag(true).arg(version());
    }
    if let Some(about) = catalogue::find(language.code(), &format!("help.{path}")) {
        command = command.about(about).long_about(None);
    }
    if language == Language::Chinese {
        command = command
            .help_template(LAYOUT)
            .subcommand_help_heading("命令");
    }
    let command = command.mut_args(|argument| explained(argument, path, language));
    command.mut_subcommands(|below| {
        let path = format!("{path}.{}", below.get_name());
        in_language(below, &path, language, false)
    })
}

/// The commands and arguments that have no help in that language, for the test of a program.
pub fn unexplained(command: &Command, language: Language) -> Vec<String> {
    let is_ours = |help: Option<String>| {
        let is_chinese = |letter| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        let help = help.filter(|help| !help.is_empty());
        help.is_some_and(|help| help.contains(is_chinese) == (language == Language::Chinese))
    };
    let mut found = Vec::new();
    if !is_ours(command.get_about().map(ToString::to_string)) {
        found.push(command.get_name().to_owned());
    }
    let arguments = command.get_arguments();
    let arguments = arguments.filter(|a| !is_ours(a.get_help().map(ToString::to_string)));
    found.extend(arguments.map(|argument| argument.get_id().to_string()));
    let below = command.get_subcommands();
    found.extend(below.flat_map(|command| unexplained(command, language)));
    found
}

fn help() -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
}

fn version() -> Arg {
    Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
}

/// An argument with its help.
fn explained(argument: Arg, path: &str, language: Language) -> Arg {
    let id = argument.get_id().to_string();
    let own = catalogue::find(language.code(), &format!("help.{path}.{id}"));
    let text = own.or_else(|| catalogue::find(language.code(), &format!("help.{id}")));
    let Some(mut text) = text else {
        return argument;
    };
    if language == Language::English {
        return argument.help(text).long_help(None);
    }
    let heading = if argument.is_positional() {
        "参数"
    } else {
        "选项"
    };
    let argument = argument.help_heading(heading).long_help(None);
    if !argument.get_action().takes_values() {
        return argument.help(text);
    }
    let defaults = argument.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    let values = argument.get_possible_values();
    let values: Vec<_> = values.iter().map(|value| value.get_name()).collect();
    for (what, which) in [("默认", defaults.join("、")), ("可选", values.join("、"))] {
        if !which.is_empty() {
            text += &format!("［{what}：{which}］");
        }
    }
    argument
        .help(text)
        .hide_default_value(true)
        .hide_possible_values(true)
}

/// Tells what cannot be followed, or what was asked for, and ends the process.
fn refuse(error: &Error) -> ! {
    match refusal(error, language()) {
        Some(told) => {
            eprintln!("{told}");
            process::exit(MISUSE)
        }
        None => error.exit(),
    }
}

/// What is wrong with a command line, where clap's own words are not those of the language.
fn refusal(error: &Error, language: Language) -> Option<String> {
    let argument = told(error, ContextKind::InvalidArg);
    let value = told(error, ContextKind::InvalidValue);
    let (key, other) = match error.kind() {
        _ if language == Language::English => return None,
        ErrorKind::UnknownArgument => match told(error, ContextKind::SuggestedArg) {
            other if other.is_empty() => ("usage.unknown", other),
            other => ("usage.unknown_like", other),
        },
        ErrorKind::InvalidValue if value.is_empty() => ("usage.no_value", value.clone()),
        ErrorKind::InvalidValue => ("usage.value", told(error, ContextKind::ValidValue)),
        ErrorKind::ValueValidation => {
            let reason = error.source().map(ToString::to_string);
            ("usage.value", reason.unwrap_or_default())
        }
        ErrorKind::MissingRequiredArgument => ("usage.missing", String::new()),
        ErrorKind::ArgumentConflict => ("usage.conflict", told(error, ContextKind::PriorArg)),
        _ => return None,
    };
    let names = ["argument", "value", "other"];
    let told = say(language, key, &names, &[argument, value, other]);
    Some(format!("{told}\n{}", say(language, "usage.help", &[], &[])))
}

/// What clap knows of an error.
fn told(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(" "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "sam-local")]
    struct Line {
        /// In English.
        #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
        listen: std::net::SocketAddr,
        #[arg(long, conflicts_with = "listen")]
        data: Option<String>,
    }

    fn refused(line: &[&str], language: Language) -> Option<String> {
        let command = command::<Line>("1", Language::Chinese);
        let error = command.try_get_matches_from(line).unwrap_err();
        refusal(&error, language)
    }

    #[test]
    fn help_is_in_chinese() {
        let mut command = command::<Line>("1.2.3 (abc)", Language::Chinese);
        let help = command.render_help().to_string();
        for part in ["用法：", "选项:", "［默认：127.0.0.1:9000］", "--version"] {
            assert!(help.contains(part), "{help}");
        }
        for part in ["In English", "Options", "default", "Print"] {
            assert!(!help.contains(part), "{help}");
        }
        assert!(command.render_version().contains("1.2.3 (abc)"));
    }

    #[test]
    fn what_cannot_be_followed_is_told_in_chinese() {
        for (line, part) in [
            (&["x", "--lisen"][..], "--listen"),
            (&["x", "--listen", "9000"], "'9000'"),
            (&["x", "--listen", "1.1.1.1:1", "--data", "d"], "--listen"),
            (&["x", "--data"], "--data"),
        ] {
            let told = refused(line, Language::Chinese).unwrap();
            assert!(told.contains(part) && told.contains("--help"), "{told}");
            assert_eq!(refused(line, Language::English), None);
        }
        assert_eq!(refused(&["x", "--help"], Language::Chinese), None);
    }
}
