//! The place of a value in a request, as its author would name it.

/// Where a value stands.
pub(super) struct Place<'p> {
    pub(super) outer: Option<&'p Place<'p>>,
    pub(super) step: Step<'p>,
}

pub(super) enum Step<'p> {
    Member(&'p str),
    Item(usize),
}

impl Place<'_> {
    pub(super) const WHOLE: Place<'static> = Place {
        outer: None,
        step: Step::Member(""),
    };

    /// `button[1].sub_button[0].name`; empty for the whole.
    pub(super) fn field(&self) -> String {
        let Some(outer) = self.outer else {
            return String::new();
        };
        let outer = outer.field();
        match self.step {
            Step::Item(n) => format!("{outer}[{n}]"),
            Step::Member(name) if outer.is_empty() => name.to_owned(),
            Step::Member(name) => format!("{outer}.{name}"),
        }
    }

    pub(super) fn pointer(&self) -> String {
        let Some(outer) = self.outer else {
            return String::new();
        };
        let step = match self.step {
            Step::Item(n) => n.to_string(),
            Step::Member(name) => name.replace('~', "~0").replace('/', "~1"),
        };
        format!("{}/{step}", outer.pointer())
    }
}
