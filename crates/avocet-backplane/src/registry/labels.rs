//! Labels, and the selectors that choose by them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// Labels of a resource.
pub type Labels = BTreeMap<String, String>;

/// Chooses resources by their labels, written as for `kubectl -l`: `app=shop,tier!=db`,
/// `stage in (dev, test)`, `stage notin (prod)`, `canary`, `!canary`. All have to hold; an empty
/// one chooses everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// Condition.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a [`Selector`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// Comparison of the label's value.
    pub operator: Operator,
    /// With what; empty for [`Operator::Exists`] and [`Operator::Absent`].
    pub values: Vec<String>,
}

/// Comparison of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Present with one of the values.
    In,
    /// Absent, or with none of the values.
    NotIn,
    /// Present.
    Exists,
    /// Absent.
    Absent,
}

impl Selector {
    /// True where these labels are chosen.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let among = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator {
                Operator::In => among,
                Operator::NotIn => !among,
                Operator::Exists => value.is_some(),
                Operator::Absent => value.is_none(),
            }
        })
    }

    /// The value that `key` has to have, where the selector asks for exactly one.
    pub fn only(&self, key: &str) -> Option<&str> {
        self.requirements.iter().find_map(|requirement| match &requirement.values[..] {
            [value] if requirement.key == key && requirement.operator == Operator::In => {
                Some(value.as_str())
            }
            _ => None,
        })
    }
}

impl FromStr for Selector {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let requirements =
            split(text).filter(|part| !part.is_empty()).map(requirement).collect::<Result<_>>()?;
        Ok(Self { requirements })
    }
}

/// Splits at the commas that are not inside parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0usize;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
}

fn requirement(text: &str) -> Result<Requirement> {
    let make = |key: &str, operator, values: Vec<&str>| {
        let key = key.trim();
        if key.is_empty() || key.contains(|c: char| c.is_whitespace() || "!=()".contains(c)) {
            return Err(invalid(text));
        }
        let values = values.into_iter().map(|value| value.trim().to_owned()).collect();
        Ok(Requirement { key: key.to_owned(), operator, values })
    };
    if let Some(rest) = text.strip_suffix(')') {
        let (head, values) = rest.split_once('(').ok_or_else(|| invalid(text))?;
        let (key, word) =
            head.trim_end().rsplit_once(char::is_whitespace).ok_or_else(|| invalid(text))?;
        let operator = match word {
            "in" => Operator::In,
            "notin" => Operator::NotIn,
            _ => return Err(invalid(text)),
        };
        return make(key, operator, values.split(',').collect());
    }
    if let Some((key, value)) = text.split_once("!=") {
        return make(key, Operator::NotIn, vec![value]);
    }
    if let Some((key, value)) = text.split_once('=') {
        return make(key, Operator::In, vec![value.strip_prefix('=').unwrap_or(value)]);
    }
    match text.strip_prefix('!') {
        Some(key) => make(key, Operator::Absent, Vec::new()),
        None => make(text, Operator::Exists, Vec::new()),
    }
}

fn invalid(text: &str) -> Error {
    Error::Invalid {
        field: "label selector".into(),
        reason: format!(
            "{text:?} is not one of key=value, key!=value, key in (a, b), key notin (a, b), key, \
             !key"
        ),
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, requirement) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, operator, values } = self;
        match (operator, &values[..]) {
            (Operator::Exists, _) => f.write_str(key),
            (Operator::Absent, _) => write!(f, "!{key}"),
            (Operator::In, [value]) => write!(f, "{key}={value}"),
            (Operator::NotIn, [value]) => write!(f, "{key}!={value}"),
            (Operator::In, values) => write!(f, "{key} in ({})", values.join(",")),
            (Operator::NotIn, values) => write!(f, "{key} notin ({})", values.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn selectors_choose_as_kubectl_does() {
        let labels: Labels =
            [("app", "shop"), ("tier", "web")].map(|(k, v)| (k.into(), v.into())).into();
        for (text, chosen) in [
            ("", true),
            ("app=shop", true),
            ("app==shop, tier = web", true),
            ("app=other", false),
            ("app!=other", true),
            ("missing!=x", true),
            ("app", true),
            ("missing", false),
            ("!missing", true),
            ("!app", false),
            ("tier in (db, web),app", true),
            ("tier notin (db,web)", false),
            ("missing notin (x)", true),
        ] {
            let selector: Selector = text.parse().unwrap();
            assert_eq!(selector.matches(&labels), chosen, "{text}");
            assert_eq!(selector.to_string().parse::<Selector>().unwrap(), selector, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["=x", "a b", "a in x", "a of (x)", "in (x)", "a=b,!", "(x)"] {
            let result: Result<Selector> = text.parse();
            assert_eq!(result.map_err(|e| e.kind()), Err(ErrorKind::Invalid), "{text}");
        }
    }

    #[test]
    fn only_finds_the_one_value() {
        let selector: Selector = "function=hello,x in (a,b)".parse().unwrap();
        assert_eq!(selector.only("function"), Some("hello"));
        assert_eq!(selector.only("x"), None);
    }
}
