//! The words the tables are written in.

/// A field of a push: its name in the control API, its element on the wire.
pub(in crate::push) struct Field {
    pub(in crate::push) name: &'static str,
    pub(in crate::push) element: &'static str,
    pub(in crate::push) shape: Shape,
    pub(in crate::push) required: bool,
}

/// What stands in a field.
pub(in crate::push) enum Shape {
    /// A string, written as CDATA.
    Text,
    /// A number, or a string of digits.
    Number,
    /// An object with fields of its own.
    Group(&'static [Field]),
    /// One object or an array of them: the element is repeated.
    Many(&'static [Field]),
    /// One number or an array of them: the element is repeated.
    Numbers,
}

impl Field {
    /// The same field, which may be missing.
    pub(super) const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }
}

const fn field(name: &'static str, element: &'static str, shape: Shape) -> Field {
    Field {
        name,
        element,
        shape,
        required: true,
    }
}

pub(super) const fn text(name: &'static str, element: &'static str) -> Field {
    field(name, element, Shape::Text)
}

pub(super) const fn number(name: &'static str, element: &'static str) -> Field {
    field(name, element, Shape::Number)
}

pub(super) const fn group(
    name: &'static str,
    element: &'static str,
    fields: &'static [Field],
) -> Field {
    field(name, element, Shape::Group(fields))
}

pub(super) const fn many(
    name: &'static str,
    element: &'static str,
    fields: &'static [Field],
) -> Field {
    field(name, element, Shape::Many(fields))
}

pub(super) const fn numbers(name: &'static str, element: &'static str) -> Field {
    field(name, element, Shape::Numbers)
}
