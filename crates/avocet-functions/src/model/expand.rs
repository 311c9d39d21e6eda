//! `$(NAME)` in the values of environment variables (Kubernetes, EnvVar v1 core).

use std::collections::BTreeMap;

/// `text` with each `$(NAME)` replaced by the variable that is known, and `$$` by `$`. A name that
/// is not known stays as it is.
pub(super) fn expand(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let reference = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        match reference.and_then(|(name, after)| Some((known.get(name)?, after))) {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => out.push('$'),
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn references_are_replaced_and_dollars_escaped() {
        let known = [("HOST", "db"), ("A_B.c-d", "x"), ("EMPTY", "")];
        let known = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (text, value) in [
            ("http://$(HOST):80", "http://db:80"),
            ("$(HOST)$(HOST)", "dbdb"),
            ("$(A_B.c-d)$(EMPTY).", "x."),
            ("$$(HOST)", "$(HOST)"),
            ("$$$(HOST)", "$db"),
            ("$(UNKNOWN) $(HOST", "$(UNKNOWN) $(HOST"),
            ("pa$$word $ $x ${HOST} $", "pa$word $ $x ${HOST} $"),
            ("$(ä) ä$(HOST)ä", "$(ä) ädbä"),
            ("", ""),
        ] {
            assert_eq!(expand(text, &known), value, "{text}");
        }
    }
}
