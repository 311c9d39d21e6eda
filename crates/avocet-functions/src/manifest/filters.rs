//! `filters` of a subscription or a trigger (CNCF CloudEvents Subscriptions API 1.0 §3.2.4).

use std::collections::BTreeMap;

use crate::filters::Filter;

use super::node::Value;
use super::object::{Field, Object, text_of, wrong_type};

const DIALECTS: &str = "write one of `exact`, `prefix`, `suffix` (attributes with their text), `all`, `any` (lists of \
     filters) or `not` (a filter)";

/// The filters of `object`; what is wrong with one is reported, and the others are read.
pub(super) fn read(object: &Object<'_, '_>) -> Vec<Filter> {
    let mut reader = Reader { object, count: 0 };
    let fields = object.list("filters");
    let filters = fields.into_iter().filter_map(|field| reader.filter(field, 1)).collect();
    if reader.count > Filter::MAX {
        let message = format!("more than {} filters, those inside others included", Filter::MAX);
        object.cx.error(object.at_of("filters"), &object.path_of("filters"), message);
    }
    filters
}

struct Reader<'r, 'n, 'c> {
    object: &'r Object<'n, 'c>,
    count: usize,
}

impl<'n, 'c> Reader<'_, 'n, 'c> {
    fn filter(&mut self, field: Field<'n>, depth: usize) -> Option<Filter> {
        let cx = self.object.cx;
        self.count += 1;
        if self.count > Filter::MAX {
            return None;
        }
        if depth > Filter::MAX_DEPTH {
            let message = format!("filters are nested deeper than {}", Filter::MAX_DEPTH);
            cx.error(field.node.at, &field.path, message);
            return None;
        }
        let (at, path) = (field.node.at, field.path.clone());
        let object = Object::of(cx, field, at)?;
        let mut entries = object.entries();
        let (Some((entry, inner)), None) = (entries.next(), entries.next()) else {
            cx.error_with_help(at, &path, "a filter has exactly one dialect", DIALECTS);
            return None;
        };
        match &*entry.key {
            "exact" => self.attributes(inner).map(Filter::Exact),
            "prefix" => self.attributes(inner).map(Filter::Prefix),
            "suffix" => self.attributes(inner).map(Filter::Suffix),
            "all" => self.several(inner, depth).map(Filter::All),
            "any" => self.several(inner, depth).map(Filter::Any),
            "not" => self.filter(inner, depth + 1).map(|filter| Filter::Not(Box::new(filter))),
            "sql" => {
                let message = "filters of the dialect `sql` are not evaluated here";
                cx.error_with_help(entry.key_at, &inner.path, message, DIALECTS);
                None
            }
            other => {
                let other: String = other.chars().take(40).collect();
                let message = format!("{other:?} is no dialect of filters");
                cx.error_with_help(entry.key_at, &path, message, DIALECTS);
                None
            }
        }
    }

    /// Attributes with the text that each is compared with.
    fn attributes(&self, field: Field<'n>) -> Option<BTreeMap<String, String>> {
        let cx = self.object.cx;
        let (at, path) = (field.node.at, field.path.clone());
        let object = Object::of(cx, field, at)?;
        let errors = cx.errors();
        let mut wanted = BTreeMap::new();
        for (entry, inner) in object.entries() {
            let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            if entry.key.is_empty() || !entry.key.bytes().all(allowed) || entry.key == "data" {
                let name: String = entry.key.chars().take(40).collect();
                let message = format!("{name:?} is no attribute of an event");
                let help = "names of attributes are lower-case letters and digits: `type`, \
                            `source`, `subject`, `myextension`";
                cx.error_with_help(entry.key_at, &path, message, help);
            } else if let Some(text) = text_of(cx, &inner) {
                if text.is_empty() {
                    cx.error(inner.node.at, &inner.path, "must not be empty");
                }
                wanted.insert(entry.key.clone(), text.to_owned());
            }
        }
        if wanted.is_empty() && cx.errors() == errors {
            cx.error(at, &path, "needs at least one attribute with its text");
        }
        (cx.errors() == errors).then_some(wanted)
    }

    fn several(&mut self, field: Field<'n>, depth: usize) -> Option<Vec<Filter>> {
        let cx = self.object.cx;
        let Value::List(items) = &field.node.value else {
            wrong_type(cx, &field, "a list of filters");
            return None;
        };
        if items.is_empty() {
            cx.error(field.node.at, &field.path, "needs at least one filter");
            return None;
        }
        let of = |(index, node)| {
            let path = format!("{}[{index}]", field.path);
            self.filter(Field { node, path }, depth + 1)
        };
        items.iter().enumerate().map(of).collect()
    }
}
